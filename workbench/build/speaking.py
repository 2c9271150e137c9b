"""One command whose output is read for diagnostics and progress."""

from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

from workbench.build import narration, processes
from workbench.build.made import Emit
from workbench.build.spoken import Spoken
from workbench.model.build import Diagnostic
from workbench.model.events import DiagnosticReady, Progress

_KEPT = 60
"""Lines that are kept for the reason of a failure."""


async def run(
    command: Sequence[str], cwd: Path, environment: Mapping[str, str], emit: Emit, generation: int
) -> tuple[int, str]:
    """Run a command; return its status and why it failed. Emits DiagnosticReady and Progress as it speaks."""
    listener = _Listener(emit, generation)
    code = await processes.run(
        command, cwd=cwd, environment=environment, on_stdout=listener.take, on_stderr=listener.take
    )
    listener.end()
    return code, listener.reason(code)


class _Listener:
    def __init__(self, emit: Emit, generation: int) -> None:
        self._emit, self._generation = emit, generation
        self._spoken = Spoken()
        self._lines: deque[str] = deque(maxlen=_KEPT)
        self._errors: list[Diagnostic] = []
        self._compiled = 0

    def take(self, line: str) -> None:
        self._lines.append(line)
        for diagnostic in self._spoken.take(line):
            self._found(diagnostic)
        if isinstance(said := narration.read(line), narration.Compiling):
            self._compiled += 1
            label = f"Compiling {said.package}"
            self._emit(Progress(generation=self._generation, task="build", label=label, done=self._compiled))

    def end(self) -> None:
        for diagnostic in self._spoken.end():
            self._found(diagnostic)

    def reason(self, code: int) -> str:
        if code == 0:
            return ""
        if self._errors:
            first, count = self._errors[0], len(self._errors)
            place = f" at {first.file}:{first.line}" if first.file else ""
            return f"{count} error{'s' if count > 1 else ''}, the first{place}: {first.message}"
        text = "\n".join(self._lines)
        return narration.missing_toolchain(text) or narration.reason(text, code)

    def _found(self, diagnostic: Diagnostic) -> None:
        if diagnostic.level == "error":
            self._errors.append(diagnostic)
        self._emit(DiagnosticReady(generation=self._generation, diagnostic=diagnostic))
