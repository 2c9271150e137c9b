"""What cargo says on stdout with `--message-format=json-diagnostic-rendered-ansi`: text in, values out."""

import re
from pathlib import Path

import msgspec

from workbench.model.build import Diagnostic


class Artifact(msgspec.Struct, frozen=True):
    """A unit that is built; `kinds` are those of its target (`lib`, `cdylib`, `custom-build`, …), `name` is its own."""

    package: str
    kinds: tuple[str, ...]
    files: tuple[Path, ...]
    fresh: bool
    name: str = ""
    executable: Path | None = None
    opt_level: str = ""


class Finished(msgspec.Struct, frozen=True):
    """The last message of a build."""

    success: bool


class _Expansion(msgspec.Struct):
    span: "_Span"


class _Span(msgspec.Struct):
    file_name: str
    line_start: int
    column_start: int
    is_primary: bool
    expansion: _Expansion | None = None


class _Code(msgspec.Struct):
    code: str
    explanation: str | None = None


class _Message(msgspec.Struct):
    message: str
    level: str
    spans: list[_Span]
    code: _Code | None = None
    rendered: str | None = None


class _Target(msgspec.Struct):
    kind: tuple[str, ...]
    name: str = ""


class _Profile(msgspec.Struct):
    opt_level: str = ""


class _Line(msgspec.Struct):
    reason: str
    package_id: str = ""
    target: _Target | None = None
    message: _Message | None = None
    filenames: tuple[str, ...] = ()
    executable: str | None = None
    profile: _Profile | None = None
    fresh: bool = False
    success: bool = False


_decoder = msgspec.json.Decoder(_Line)
_SUMMARY = re.compile(r"aborting due to |\d+ warnings? emitted")


def read(line: str) -> Diagnostic | Artifact | Finished | None:
    """Return what one line says, or None for what nobody needs (summaries, other reasons, text that is no JSON)."""
    if not line.startswith("{"):
        return None
    try:
        said = _decoder.decode(line)
    except msgspec.MsgspecError:
        return None
    if said.reason == "build-finished":
        return Finished(said.success)
    if said.reason == "compiler-artifact" and said.target:
        return _artifact(said, said.target)
    if said.reason == "compiler-message" and said.message:
        return _diagnostic(said.message)
    return None


def _artifact(said: _Line, target: _Target) -> Artifact:
    executable = Path(said.executable) if said.executable else None
    opt_level = said.profile.opt_level if said.profile else ""
    files = tuple(map(Path, said.filenames))
    return Artifact(said.package_id, target.kind, files, said.fresh, target.name, executable, opt_level)


def _diagnostic(message: _Message) -> Diagnostic | None:
    if message.level == "failure-note" or (not message.spans and _SUMMARY.match(message.message)):
        return None
    span = _users_span(message.spans)
    return Diagnostic(
        level="error" if message.level.startswith("error") else message.level,
        message=message.message,
        rendered=message.rendered or message.message,
        file=span.file_name if span else "",
        line=span.line_start if span else 0,
        column=span.column_start if span else 0,
        code=message.code.code if message.code else "",
        explanation=(message.code.explanation or "") if message.code else "",
    )


def _users_span(spans: list[_Span]) -> _Span | None:
    """Return the primary span, or the place in the user's source whose macro made it."""
    span = next((span for span in spans if span.is_primary), None)
    while span and span.expansion and _foreign(span.file_name):
        span = span.expansion.span
    return span


def _foreign(file: str) -> bool:
    return file.startswith("<") or "/registry/src/" in file or "/rustlib/src/" in file or file.startswith("/rustc/")
