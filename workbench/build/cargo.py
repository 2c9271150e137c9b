"""One call of cargo: its command line, and its two streams of output folded into events and an outcome."""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from workbench.build import diagnostics, narration, processes
from workbench.build.diagnostics import Artifact, Finished
from workbench.model.build import Diagnostic
from workbench.model.events import DiagnosticReady, Event, Notice, Progress

WORKBENCH = "workbench"
"""The profile that the workbench brings along: kernels at full speed, and one edited file relinks in half a second."""

_PROFILE = {
    "inherits": "dev",
    "opt-level": 2,
    "incremental": True,
    # For the backtrace of an error, which is all that says where a shape does not fit.
    "debug": "line-tables-only",
    'package."*".opt-level': 3,
    'package."*".debug': False,
}
Count = Callable[[], Awaitable[int]]
"""How many packages a build has; 0 when nobody knows."""

_KEPT = 400
"""Lines of stderr that are kept for the reason of a failure."""


class Call(msgspec.Struct, frozen=True):
    """What to build and how; `package` is cargo's id of the crate, `total` the packages expected (0: unknown).

    `own_profile` says that the user's manifest defines the profile itself. `link` are arguments for the linker, for
    this crate alone. `settled` says that nothing should make pyo3 compile again. `binary` is the executable to build in
    place of the library.
    """

    cargo: str
    manifest: Path
    name: str
    package: str
    profile: str
    target: Path
    own_profile: bool = False
    features: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    link: tuple[str, ...] = ()
    total: int = 0
    settled: bool = False
    binary: str = ""

    def command(self) -> list[str]:
        """Return the command line."""
        wanted = f"--bin={self.binary}" if self.binary else "--lib"
        words = [self.cargo, "rustc" if self.link else "build", wanted, *self.selection()]
        words += [f"--profile={self.profile}", f"--target-dir={self.target}"]
        words += ["--message-format=json-diagnostic-rendered-ansi", "--color=never", *self._profile()]
        return [*words, "--", *(f"-Clink-arg={argument}" for argument in self.link)] if self.link else words

    def for_maturin(self) -> list[str]:
        """Return the arguments for maturin, which calls cargo itself."""
        words = [f"--features={','.join(self.features)}"] if self.features else []
        words += [f"--profile={self.profile}", f"--target-dir={self.target}", "--color=always"]
        return [*words, *self._sources(), *self._profile()]

    def passed_on(self, subcommand: str, arguments: Sequence[str]) -> list[str]:
        """Return the command line of another subcommand of cargo that compiles, with what a build has compiled."""
        words = [self.cargo, subcommand, f"--manifest-path={self.manifest}", f"--target-dir={self.target}"]
        words += [f"--profile={self.profile}", *self._profile(), *self._sources()]
        return [*words, *arguments]

    def _profile(self) -> list[str]:
        if self.profile != WORKBENCH or self.own_profile:
            return []
        settings = (f"profile.{WORKBENCH}.{key}={json.dumps(value)}" for key, value in _PROFILE.items())
        return [word for setting in settings for word in ("--config", setting)]

    def selection(self) -> list[str]:
        """Return the arguments that say what is built, from which sources."""
        words = [f"--manifest-path={self.manifest}", f"--package={self.name}"]
        words += [f"--features={','.join(self.features)}"] if self.features else []
        return words + self._sources()

    def _sources(self) -> list[str]:
        return ([] if "--locked" in self.extra else ["--locked"]) + list(self.extra)


class Outcome(msgspec.Struct, frozen=True):
    """How it went: an artifact, or the reason why there is none; `packages` is how many took part.

    `opt_level` is that of the artifact, empty where nobody says.
    """

    artifact: Path | None
    reason: str
    packages: int
    setup: bool = False
    opt_level: str = ""


async def build(
    call: Call, environment: Mapping[str, str], emit: Callable[[Event], None], generation: int, count: Count
) -> Outcome:
    """Run cargo; emits DiagnosticReady, Progress and Notice as it speaks. Cancelling ends the whole process group.

    `count` is asked for an unknown total once compiling has begun: before that, it would wait for cargo's downloads.
    """
    run = _Run(call, emit, generation, count)
    try:
        code = await processes.run(
            call.command(),
            cwd=call.manifest.parent,
            environment=environment,
            on_stdout=run.on_stdout,
            on_stderr=run.on_stderr,
        )
    finally:
        await run.stop_counting()
    return run.outcome(code)


class _Run:
    def __init__(self, call: Call, emit: Callable[[Event], None], generation: int, count: Count) -> None:
        self._call, self._emit, self._generation, self._count = call, emit, generation, count
        self._total = call.total
        self._counting: asyncio.Task[None] | None = None
        self._packages: set[str] = set()
        self._errors: list[Diagnostic] = []
        self._stderr: deque[str] = deque(maxlen=_KEPT)
        self._artifact: Path | None = None
        self._opt_level = ""
        self._success = False
        self._waiting = self._warned = False

    def on_stdout(self, line: str) -> None:
        match diagnostics.read(line):
            case Diagnostic() as diagnostic:
                if diagnostic.level == "error":
                    self._errors.append(diagnostic)
                self._emit(DiagnosticReady(generation=self._generation, diagnostic=diagnostic))
            case Artifact() as artifact:
                self._built(artifact)
            case Finished(success):
                self._success = success

    def on_stderr(self, line: str) -> None:
        self._stderr.append(line)
        match narration.read(line):
            case narration.Compiling(package):
                self._count_once()
                self._progress(f"Compiling {package}")
                self._rebuilt(package)
            case narration.Fetching(text):
                self._progress(text)
            case narration.Waiting(lock):
                self._held(lock)

    def outcome(self, code: int) -> Outcome:
        packages = len(self._packages)
        if code == 0 and self._success and self._artifact:
            return Outcome(self._artifact, "", packages, opt_level=self._opt_level)
        if self._errors:
            return Outcome(None, self._summary(), packages)
        text = "\n".join(self._stderr)
        if sentence := narration.missing_toolchain(text):
            return Outcome(None, sentence, packages, setup=True)
        return Outcome(None, narration.reason(text, code), packages)

    def _built(self, artifact: Artifact) -> None:
        self._packages.add(artifact.package)
        if artifact.package != self._call.package:
            return
        if "cdylib" in artifact.kinds and not self._call.binary:
            shared = (file for file in artifact.files if file.suffix in (".so", ".dylib", ".dll"))
            self._artifact, self._opt_level = next(shared, None), artifact.opt_level
        if "bin" in artifact.kinds and artifact.name == self._call.binary:
            self._artifact, self._opt_level = artifact.executable, artifact.opt_level

    def _progress(self, label: str) -> None:
        total = self._total
        done = min(len(self._packages), total - 1) if total else len(self._packages)
        self._emit(Progress(generation=self._generation, task="build", label=label, done=done, total=total))

    def _held(self, lock: str) -> None:
        if not self._waiting:
            self._waiting = True
            self._notice(f"waiting for another cargo, which holds the {lock}", "info")

    def _rebuilt(self, package: str) -> None:
        if self._call.settled and not self._warned and package in ("pyo3", "pyo3-ffi", "pyo3-build-config"):
            self._warned = True
            self._notice(
                f"{package} is compiled again though no manifest changed: the interpreter, the toolchain or a build "
                "variable differs from the last build's",
                "warning",
            )

    def _notice(self, text: str, level: str) -> None:
        self._emit(Notice(generation=self._generation, text=text, level=level))

    def _count_once(self) -> None:
        if not self._total and self._counting is None:
            self._counting = asyncio.get_running_loop().create_task(self._ask_total())

    async def _ask_total(self) -> None:
        self._total = await self._count()

    async def stop_counting(self) -> None:
        if self._counting:
            self._counting.cancel()
            await asyncio.gather(self._counting, return_exceptions=True)

    def _summary(self) -> str:
        first, count = self._errors[0], len(self._errors)
        place = f" at {first.file}:{first.line}" if first.file else ""
        return f"{count} error{'s' if count > 1 else ''}, the first{place}: {first.message}"
