"""A package with a PyO3 extension, built by the real maturin; its sources and the user's Python stay as they are."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.outsiders.crates import extension
from workbench.build.builder import Builder
from workbench.model import events as ev
from workbench.model.session import Native


class Package:
    def __init__(self, folder: Path) -> None:
        self.root = extension(folder / "a package", '"wrong type"')
        self.folder = folder
        self.events: list[ev.Event] = []
        self.answer("41")

    def answer(self, text: str) -> None:
        extension(self.root, text)

    def builder(self, **native: object) -> Builder:
        asked = {
            "build": "maturin",
            "manifest": "pyproject.toml",
            "layers": False,
            "pixi": False,
            "profile": "release",
        } | native
        target = Path(__file__).parents[2] / ".workbench" / "target" / "outsiders"
        return Builder(Native(**asked), self.root, builds=self.folder / "builds", target=target)

    def files(self) -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in self.root.rglob("*") if path.is_file()}


@pytest.fixture
def package(tmp_path: Path) -> Package:
    return Package(tmp_path)


def imported(site: str, code: str) -> str:
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {site!r}); {code}"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


async def test_a_wheel_is_unpacked_and_nothing_else_is_touched(package):
    before = package.files()
    builder = package.builder()
    build = await builder.build(1, package.events.append)
    assert imported(build.site, "import answering; print(answering.answer(), answering.__file__)") == (
        f"41 {build.site}/answering/__init__.py"
    )
    assert Path(build.artifact).is_relative_to(build.site) and build.profile == "release"
    assert package.files() == before
    again = await builder.build(2, package.events.append)
    assert (again.id, again.number, again.fresh) == (build.id, 1, True)
    named = {path.name for path in builder.inputs()}
    assert {"lib.rs", "pyproject.toml", "Cargo.toml", "__init__.py"} <= named
    package.answer("42")
    assert (await builder.build(3, package.events.append)).id != build.id


async def test_an_error_has_its_place(package):
    package.answer('"no number"')
    assert await package.builder().build(1, package.events.append) is None
    (said,) = [event.diagnostic for event in package.events if isinstance(event, ev.DiagnosticReady)]
    assert (said.file, said.code) == ("src/lib.rs", "E0308") and said.line > 0
    (failed,) = [event for event in package.events if isinstance(event, ev.BuildFailed)]
    assert f"src/lib.rs:{said.line}" in failed.reason


async def test_a_copy_that_python_finds_by_itself_is_called_out(package):
    build = await package.builder().build(1, package.events.append)
    shutil.copy(build.artifact, package.root / "answering" / Path(build.artifact).name)
    build = await package.builder().build(2, package.events.append)
    (doubt,) = build.card.doubts
    assert "Python by itself imports another build" in doubt and "answering" in doubt
