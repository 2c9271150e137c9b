"""Any command, and the artifact that it leaves: a shared object, an executable, or a folder of tensors."""

import glob
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from workbench.build import environment, pixi, speaking
from workbench.build.made import Emit, Made, NotMade
from workbench.build.setup import absolute
from workbench.model.build import Runs
from workbench.model.errors import WorkbenchError
from workbench.model.session import Native

_LIBRARIES = (".so", ".dylib", ".pyd")
_UNTOLD = "the workbench did not build it"


class Command:
    """Runs the session's command, if it has one, and takes its artifact."""

    def __init__(self, native: Native, folder: Path, cache: Path, shell: Mapping[str, str]) -> None:
        self._native, self._folder, self._cache = native, folder, cache
        self._artifact = absolute(folder, native.artifact)
        self._cwd = absolute(folder, native.folder)
        self._shell = environment.base(shell)

    @property
    def root(self) -> Path:
        """Where the command runs."""
        return self._cwd

    def roots(self) -> frozenset[Path]:
        """Return nothing: which new file belongs to the build, only the session's patterns say."""
        return frozenset()

    def inputs(self) -> frozenset[Path]:
        """Return the declared sources; without a command the artifact itself."""
        return frozenset(self._sources()) | (frozenset() if self._native.command else frozenset(_files(self._artifact)))

    async def prepare(self, generation: int, emit: Emit) -> None:
        """Nothing has to be found out."""

    async def make(self, generation: int, emit: Emit, scratch: Path) -> Made:
        """Run the command and take what it left. Raises NotMade or WorkbenchError."""
        if self._native.command:
            await self._run(generation, emit)
        if not self._artifact.exists():
            raise NotMade(f"there is no {self._artifact}, which `native.artifact` names" + self._after())
        profile = "" if self._native.profile == "workbench" else self._native.profile
        return Made(
            self._artifact,
            frozenset(self._sources()),
            runs=_runs(self._artifact),
            profile=profile,
            plain_reason=_UNTOLD,
        )

    async def _run(self, generation: int, emit: Emit) -> None:
        variables = await self._variables()
        program, *arguments = self._native.command
        found = shutil.which(program, path=variables["PATH"]) or shutil.which(self._cwd / program)
        if found is None:
            raise WorkbenchError(
                f"`{program}`, which `native.command` begins with, is neither on PATH nor in {self._cwd}"
            )
        code, reason = await speaking.run([found, *arguments], self._cwd, variables, emit, generation)
        if code:
            raise NotMade(reason.replace("cargo ended", f"{program} ended"))

    async def _variables(self) -> dict[str, str]:
        activation = await pixi.activated(self._cwd, self._native.pixi, self._native.conda, self._shell, self._cache)
        return environment.activated(self._shell, activation) | self._native.environment

    def _sources(self) -> Iterator[Path]:
        for pattern in self._native.sources:
            # Not Path.glob: a pattern may begin with `..`.
            for name in glob.iglob(pattern, root_dir=self._folder, recursive=True):  # noqa: PTH207
                yield from _files(absolute(self._folder, name))

    def _after(self) -> str:
        return f"; `{' '.join(self._native.command)}` ended well without it" if self._native.command else ""


def _files(path: Path) -> Iterator[Path]:
    """Yield a file, or every file in a folder."""
    if path.is_dir():
        yield from (file for file in path.rglob("*") if file.is_file())
    else:
        yield path


def _runs(artifact: Path) -> Runs:
    if artifact.is_dir():
        return "folder"
    return "module" if artifact.suffix in _LIBRARIES else "executable"
