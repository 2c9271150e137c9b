"""What a session.toml must satisfy beyond its types; each fault is (path of the key, clause)."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import UnionType
from typing import Any, get_args, get_origin

import msgspec

from workbench.model.layout import axes
from workbench.model.session import Chain, Harness, Native, Session, origin
from workbench.session.graph import StageCycle, links, order
from workbench.session.nearest import hint

NO_REASON = "another factor than the default needs a `reason`"
Fault = tuple[tuple[str, ...], str]


def unknown_keys(document: Mapping[str, Any], kind: Any = Session, path: tuple[str, ...] = ()) -> Iterator[Fault]:
    """Yield every key that the declared type does not know, with the nearest one that it does."""
    fields = {field.name: field.type for field in msgspec.structs.fields(kind)}
    for key, value in document.items():
        here = (*path, key)
        if key not in fields:
            yield here, f"unknown key `{key}`{hint(key, fields)}"
        elif isinstance(value, dict):
            yield from _inside(value, fields[key], here)


def _inside(value: dict[str, Any], kind: Any, path: tuple[str, ...]) -> Iterator[Fault]:
    # A table that may be left out is declared as `Table | None`.
    for each in get_args(kind) if isinstance(kind, UnionType) else (kind,):
        if isinstance(each, type) and issubclass(each, msgspec.Struct):
            yield from unknown_keys(value, each, path)
            return
    for entry in _entry_types(kind):
        for name, table in value.items():
            if isinstance(table, dict):
                yield from unknown_keys(table, entry, (*path, name))


def _entry_types(kind: Any) -> Iterator[type[msgspec.Struct]]:
    for argument in get_args(kind) if get_origin(kind) is not dict else get_args(kind)[1:]:
        if isinstance(argument, type) and issubclass(argument, msgspec.Struct):
            yield argument
        elif get_origin(argument) is dict:
            yield from _entry_types(argument)


def relations(session: Session) -> Iterator[Fault]:
    """Yield references between tables that name nothing, cycles, and factors without a reason."""
    yield from _native(session.native)
    if session.default_size and session.default_size not in session.sizes:
        yield (
            ("default_size",),
            f"there is no size `{session.default_size}`{hint(session.default_size, session.sizes)}",
        )
    for name, checkpoint in session.checkpoints.items():
        for size in checkpoint.vendored:
            if size not in session.sizes:
                yield ("checkpoints", name, "vendored"), f"there is no size `{size}`{hint(size, session.sizes)}"
    for name, stage in session.stages.items():
        path = ("stages", name)
        for other in stage.after:
            if other not in session.stages:
                yield (*path, "after"), f"there is no stage `{other}`{hint(other, session.stages)}"
        for weight in stage.weights:
            if weight not in session.checkpoints:
                yield (
                    (*path, "weights"),
                    f"there is no checkpoint `{weight}`{hint(weight, session.checkpoints)}",
                )
        for tap, (low, high) in stage.ranges.items():
            if not low < high:
                yield (*path, "ranges", tap), f"{low:g} is not below {high:g}"
        for words, invariant in stage.invariants.items():
            if invariant.rule == "within" and not invariant.range[0] < invariant.range[1]:
                yield (*path, "invariants", words), "`within` needs a `range` whose first bound is below its second"
        for output, vocoder in stage.hear.items():
            if not getattr(session.stages.get(origin(vocoder)[0]), "sounds", None):
                sounding = [each for each, other in session.stages.items() if other.sounds]
                yield (
                    (*path, "hear", output),
                    f"`{vocoder}` is no input of a stage with `sounds`{hint(vocoder, sounding)}",
                )
        for tap, pattern in stage.layouts.items():
            try:
                axes(pattern)
            except ValueError as error:
                yield (*path, "layouts", tap), str(error)
        if stage.factor.unreasoned:
            yield (*path, "factor"), NO_REASON
        for tap, factor in stage.factors.items():
            if factor.unreasoned:
                yield (*path, "factors", tap), NO_REASON
    yield from _commands(session)
    yield from _cycle(session)
    if session.chain:
        yield from _chain(session.chain, session)
    if session.harness:
        yield from _harness(session.harness, session.chain)


def _native(native: Native) -> Iterator[Fault]:
    """Yield what a way of building needs and has not."""
    needs = {
        "cargo": ("manifest", "package"), "maturin": ("manifest",), "command": ("command", "artifact"),
        "none": ("artifact",),
    }  # fmt: skip
    for field in needs[native.build]:
        if not getattr(native, field):
            yield ("native",), f'`build = "{native.build}"` needs `{field}`'


def _commands(session: Session) -> Iterator[Fault]:
    """Yield commands that say nothing or too much of what to run, and patterns that find no figure."""
    for table, commands in (("tests", session.tests), ("after_green", session.after_green)):
        for name, each in commands.items():
            if sum(map(bool, (each.pytest, each.cargo, each.command))) != 1:
                yield (table, name), "needs one of `pytest`, `cargo` and `command`"
            try:
                if each.figure and not re.compile(each.figure).groups:
                    yield (table, name, "figure"), "the pattern needs a group: `speed=([0-9.]+)`"
            except re.error as error:
                yield (table, name, "figure"), f"no pattern: {error}"
            if table == "tests" and name in session.stages:
                yield (table, name), f"there is a stage `{name}` already"


def _harness(harness: Harness, chain: Chain | None) -> Iterator[Fault]:
    """Yield tensors that no stage of the chain has."""
    known = chain.links if chain else {}
    named: dict[tuple[str, ...], str] = {
        ("artifacts", file, key): each for file, keys in harness.artifacts.items() for key, each in keys.items()
    }
    named |= {("reference_sounds", file): each for file, each in harness.reference_sounds.items()}
    named |= {("native_sounds", file): each for file, each in harness.native_sounds.items()}
    for path, source in named.items():
        stage, name = origin(source)
        if stage not in known:
            near = hint(source, [f"{each}.{name}" for each in known])
            yield ("harness", *path), f"`{source}` is no tensor of a stage of the chain{near}"


def _chain(chain: Chain, session: Session) -> Iterator[Fault]:
    """Yield links that name nothing, and links that go in a circle."""
    path = ("chain", "links")
    for name, taken in chain.links.items():
        if name not in session.stages:
            yield (*path, name), f"there is no stage `{name}`{hint(name, session.stages)}"
        for given, source in taken.items():
            if origin(source)[0] not in chain.links:
                known = [f"{stage}.{origin(source)[1]}" for stage in chain.links]
                yield (*path, name, given), f"`{source}` is no `stage.output` of the chain{hint(source, known)}"
                return
    try:
        links(chain)
    except StageCycle as cycle:
        yield (*path, cycle.stages[0]), f"these stages take from each other: {cycle}"


def _cycle(session: Session) -> Iterator[Fault]:
    known = {name: stage for name, stage in session.stages.items() if set(stage.after) <= set(session.stages)}
    try:
        order(known)
    except StageCycle as cycle:
        yield ("stages", cycle.stages[0], "after"), f"these stages wait for each other: {cycle}"


def files(session: Session, folder: Path) -> Iterator[Fault]:
    """Yield every file that the session names and that does not exist."""
    named: list[Fault] = [
        (("reference", "file"), session.reference.file),
    ]
    named += [
        (("native", key), file)
        for key, file in (("manifest", session.native.manifest), ("port", session.native.port))
        if file
    ]
    named += [(("sizes", name, "config"), size.config) for name, size in session.sizes.items()]
    named += [
        (("checkpoints", name, "vendored"), file)
        for name, checkpoint in session.checkpoints.items()
        for file in checkpoint.vendored.values()
    ]
    for path, file in named:
        if not (folder / file).is_file():
            yield path, f"`{file}` is not a file in {folder}{hint(file, _siblings(folder / file, folder))}"


def _siblings(missing: Path, folder: Path) -> list[str]:
    parent = missing.parent
    found = (path for path in parent.glob(f"*{missing.suffix}") if path.is_file()) if parent.is_dir() else ()
    return [str(path.relative_to(folder)) if path.is_relative_to(folder) else path.name for path in found]
