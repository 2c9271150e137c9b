"""Any command, and the artifact that it leaves; with a real C compiler."""

import ctypes
import os
from pathlib import Path

import pytest

from workbench.build.builder import Builder
from workbench.model import events as ev
from workbench.model.errors import WorkbenchError
from workbench.model.session import Native

SOURCE = "int answer(void) { return 41; }\n"


class Folder:
    def __init__(self, folder: Path) -> None:
        self.root = folder / "a session"
        (self.root / "src").mkdir(parents=True)
        self.source = self.root / "src" / "answer.c"
        self.source.write_text(SOURCE)
        self.events: list[ev.Event] = []

    def builder(self, **native: object) -> Builder:
        asked = {
            "build": "command", "command": ("cc", "-shared", "-fPIC", "-o", "libanswer.so", "src/answer.c"),
            "artifact": "libanswer.so", "sources": ("src/**/*.c",), "pixi": False,
        } | native  # fmt: skip
        folder = self.root.parent
        return Builder(Native(**asked), self.root, builds=folder / "builds", target=folder / "target")

    def heard(self, kind: type[ev.Event]) -> list:
        return [event for event in self.events if isinstance(event, kind)]


@pytest.fixture
def here(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


async def test_what_the_command_leaves_is_kept(here):
    builder = here.builder()
    build = await builder.build(1, here.events.append)
    assert ctypes.CDLL(build.artifact).answer() == 41
    assert (build.runs, build.layers, build.profile, build.card.newest) == ("module", False, "", "src/answer.c")
    assert builder.inputs() == {here.source}
    again = await builder.build(2, here.events.append)
    assert (again.id, again.number) == (build.id, 1)


async def test_an_error_has_its_place(here):
    here.source.write_text("int answer(void) { return nothing; }\n")
    assert await here.builder().build(1, here.events.append) is None
    (heard,) = here.heard(ev.DiagnosticReady)
    assert (heard.diagnostic.file, heard.diagnostic.line) == ("src/answer.c", 1)
    assert "src/answer.c:1" in here.heard(ev.BuildFailed)[0].reason


async def test_a_command_that_leaves_nothing_has_failed(here):
    assert await here.builder(command=("true",)).build(1, here.events.append) is None
    assert "`true` ended well without it" in here.heard(ev.BuildFailed)[0].reason
    assert await here.builder(command=("false",)).build(1, here.events.append) is None
    with pytest.raises(WorkbenchError, match="`no-such-tool`, which `native"):
        await here.builder(command=("no-such-tool",)).build(1, here.events.append)


async def test_an_artifact_older_than_its_source_is_called_out(here):
    builder = here.builder()
    assert (await builder.build(1, here.events.append)).card.doubts == ()
    stamp = here.source.stat().st_mtime + 7200
    os.utime(here.source, (stamp, stamp))
    build = await here.builder(command=("true",)).build(2, here.events.append)
    (doubt,) = build.card.doubts
    assert doubt == "libanswer.so is 2 h older than src/answer.c: it was not built from it"
    assert [notice.text for notice in here.heard(ev.Notice)] == [doubt]


async def test_a_debug_build_checked_as_release_is_called_out(here):
    command = ("sh", "-c", "mkdir -p debug && cc -shared -fPIC -o debug/libanswer.so src/answer.c")
    build = await here.builder(command=command, artifact="debug/libanswer.so", profile="release").build(
        1, here.events.append
    )
    assert build.profile == "release"
    assert build.card.doubts == ("a debug build is checked as release: libanswer.so comes from a folder `debug`",)


async def test_switches_are_on_the_card(here, monkeypatch):
    monkeypatch.setenv("PORT_PARITY", "1")
    monkeypatch.setenv("OTHER", "2")
    build = await here.builder(switches=("PORT_*",), environment={"PORT_MODE": "fast"}).build(1, here.events.append)
    assert build.card.switches == {"PORT_MODE": "fast", "PORT_PARITY": "1"}


async def test_a_conda_prefix_is_the_environment(here, tmp_path):
    tools = tmp_path / "prefix" / "bin"
    tools.mkdir(parents=True)
    (tools / "make-it").write_text('#!/bin/sh\necho "$CONDA_PREFIX" > found.txt\n')
    (tools / "make-it").chmod(0o755)
    builder = here.builder(command=("make-it",), artifact="found.txt", conda=str(tmp_path / "prefix"))
    build = await builder.build(1, here.events.append)
    assert (Path(build.artifact).read_text().strip(), build.runs) == (str(tmp_path / "prefix"), "executable")
    with pytest.raises(WorkbenchError, match="no absolute prefix"):
        await here.builder(conda="nowhere").build(2, here.events.append)


async def test_what_is_there_already_is_taken_as_it_is(here):
    folder = here.root / "tensors" / "block"
    folder.mkdir(parents=True)
    (folder / "noise.safetensors").write_bytes(b"x")
    builder = here.builder(build="none", command=(), artifact="tensors", sources=())
    build = await builder.build(1, here.events.append)
    assert build.runs == "folder"
    assert (Path(build.artifact) / "block" / "noise.safetensors").read_bytes() == b"x"
    assert builder.inputs() == {folder / "noise.safetensors"}
    (folder / "noise.safetensors").write_bytes(b"y")
    assert (await builder.build(2, here.events.append)).id != build.id
