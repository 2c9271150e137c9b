"""session.toml → a checked Session."""

import os
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from workbench.model.errors import WorkbenchError
from workbench.model.session import Checkpoint, Command, Session, Size, Stage
from workbench.session import check
from workbench.session.lines import line_of
from workbench.session.nearest import hint

_ENTRIES = {
    "stages": Stage, "sizes": Size, "checkpoints": Checkpoint, "tests": Command, "after_green": Command,
}  # fmt: skip


@dataclass(frozen=True)
class Loaded:
    """A session and the folder that its paths are relative to."""

    session: Session
    path: Path

    @property
    def folder(self) -> Path:
        """The folder of session.toml."""
        return self.path.parent

    @property
    def reference(self) -> Path:
        """The file that declares the reference's stages."""
        return self.folder / self.session.reference.file

    @property
    def port(self) -> Path | None:
        """The file that speaks for a native side which knows nothing of us, if there is one."""
        named = self.session.native.port
        return (self.folder / named).resolve() if named else None

    @property
    def manifest(self) -> Path:
        """The Cargo.toml of the native side."""
        return (self.folder / self.session.native.manifest).resolve()

    def config_file(self, size: str) -> Path:
        """Return the JSON file with the configuration of a size."""
        return self.folder / self.session.sizes[size].config

    def config(self, size: str) -> dict[str, Any]:
        """Return the configuration of a size; raises WorkbenchError when its file holds no JSON object."""
        path = self.config_file(size)
        try:
            return msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
        except (OSError, msgspec.MsgspecError) as error:
            raise WorkbenchError(f"{path}: the configuration cannot be read: {error}") from error

    def stage_config(self, size: str, stage: str) -> dict[str, Any]:
        """Return the object in the configuration of a size that a stage is built from.

        Raises WorkbenchError with file and line where the stage names an object that is not there.
        """
        found: Any = self.config(size)
        for name in filter(None, self.session.stages[stage].config.split(".")):
            inner = found.get(name)
            if not isinstance(inner, dict):
                objects = [key for key, value in found.items() if isinstance(value, dict)]
                clause = f"there is no object `{name}` in {self.config_file(size).name}{hint(name, objects)}"
                refuse(self.path, _read(self.path), (("stages", stage, "config"), clause))
            found = inner
        return dict(found)

    def checkpoint_file(self, name: str, size: str) -> Path | None:
        """Return the first of the checkpoint's files that exists, else the one vendored for the size, else None.

        A candidate whose environment variable is unset is passed over. Raises WorkbenchError when a variable is
        set and none of the files is there: a wrong MODEL_DIR must not fall back to other weights unseen.
        """
        checkpoint = self.session.checkpoints[name]
        candidates = [Path(os.path.expandvars(file)) for file in checkpoint.files]
        resolved = [self.folder / path for path in candidates if "$" not in str(path)]
        for path in resolved:
            if path.is_file():
                return path.resolve()
        if resolved:
            raise WorkbenchError(f"checkpoint `{name}`: none of {', '.join(map(str, resolved))} exists")
        vendored = checkpoint.vendored.get(size)
        return (self.folder / vendored).resolve() if vendored else None


def load(path: Path) -> Loaded:
    """Read and check a session.toml; raises WorkbenchError with file, line and the nearest valid name."""
    text = _read(path)
    document = _parse(path, text)
    for fault in check.unknown_keys(document):
        refuse(path, text, fault)
    session = _convert(path, text, document)
    for fault in (*check.relations(session), *check.files(session, path.parent)):
        refuse(path, text, fault)
    return Loaded(session, path)


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise WorkbenchError(f"{path}:{line}: not UTF-8: save the file with that encoding") from error
    except OSError as error:
        raise WorkbenchError(f"{path}: cannot be read: {error.strerror}") from error


def _parse(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = re.search(r"line (\d+)", str(error))
        line = int(place[1]) if place else text.count("\n") + 1
        raise WorkbenchError(f"{path}:{line}: not valid TOML: {error}") from error


def _convert(path: Path, text: str, document: dict[str, Any]) -> Session:
    try:
        return msgspec.convert(document, Session)
    except msgspec.ValidationError as error:
        clause, _, where = str(error).partition(" - at `")
        refuse(path, text, (_concrete(document, where), clause))


def _concrete(document: dict[str, Any], where: str) -> tuple[str, ...]:
    """Turn msgspec's `$.stages[...].inputs` into keys; `[...]` hides a name, so the faulty entry is looked for."""
    path: list[str] = []
    for name, index in re.findall(r"\.(\w+)|\[(\.\.\.|\d+)\]", where):
        if name:
            path.append(name)
        elif index == "..." and len(path) == 1:
            path.append(_faulty(document, path[0]))
    return tuple(path)


def _faulty(document: dict[str, Any], table: str) -> str:
    for name, entry in document[table].items():
        try:
            msgspec.convert(entry, _ENTRIES[table])
        except msgspec.ValidationError:
            return str(name)
    return ""


def refuse(path: Path, text: str, fault: check.Fault) -> NoReturn:
    """Raise the WorkbenchError that says a fault with file and line."""
    keys, clause = fault
    place = f" in `{'.'.join(keys)}`" if keys else ""
    raise WorkbenchError(f"{path}:{line_of(text, keys)}: {clause}{place}")
