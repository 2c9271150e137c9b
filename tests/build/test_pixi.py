"""The environment that pixi describes; with the real pixi where there is one."""

import os
import shutil
from pathlib import Path

import pytest

from workbench.build import pixi
from workbench.model import events as ev
from workbench.model.errors import WorkbenchError

MANIFEST = """[project]
name = "tools"
channels = []
platforms = ["linux-64", "linux-aarch64", "osx-64", "osx-arm64"]

[activation]
scripts = ["activate.sh"]
"""


def installed() -> str | None:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    places = [os.environ.get("PATH", ""), str(cache / "workbench-ci" / "pixi-0.15.2" / "bin")]
    return shutil.which("pixi", path=os.pathsep.join(places))


PIXI = installed()
real = pytest.mark.skipif(PIXI is None, reason="no pixi on PATH nor in the cache of .ci/install-pixi")


def with_pixi(shell: dict[str, str]) -> dict[str, str]:
    return shell | {"PATH": f"{Path(PIXI or '/x').parent}{os.pathsep}{os.environ['PATH']}"}


def test_the_nearest_manifest_counts(tmp_path: Path):
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "pixi.toml").write_text(MANIFEST)
    assert pixi.manifest_for(inner, None) == tmp_path / "pixi.toml"
    (tmp_path / "a" / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert pixi.manifest_for(inner, None) == tmp_path / "pixi.toml"
    (tmp_path / "a" / "pyproject.toml").write_text("[tool.pixi.project]\nname = 'x'\n")
    assert pixi.manifest_for(inner, None) == tmp_path / "a" / "pyproject.toml"
    assert pixi.manifest_for(inner, False) is None


def test_the_inputs_are_manifest_lock_and_scripts(tmp_path: Path):
    more = MANIFEST + '[target.linux-64.activation]\nscripts = ["linux.sh"]\n[tasks]\nscripts = "echo"\n'
    (tmp_path / "pixi.toml").write_text(more)
    names = {path.name for path in pixi.inputs(tmp_path / "pixi.toml")}
    assert names == {"pixi.toml", "pixi.lock", "activate.sh", "linux.sh"}


async def test_an_environment_that_was_removed_is_asked_for_again(tmp_path: Path):
    manifest, prefix = tmp_path / "pixi.toml", tmp_path / "prefix"
    manifest.write_text(MANIFEST)
    prefix.mkdir()
    tool = tmp_path / "bin" / "pixi"
    tool.parent.mkdir()
    tool.write_text(f'#!/bin/sh\necho asked >> {tmp_path}/log\nshift 3\nCONDA_PREFIX={prefix} exec "$@"\n')
    tool.chmod(0o755)
    base = {"PATH": f"{tool.parent}:/usr/bin:/bin"}
    first = await pixi.activation(manifest, base, tmp_path / "cache")
    assert first == await pixi.activation(manifest, base, tmp_path / "cache")
    assert first.variables["CONDA_PREFIX"] == str(prefix)
    assert (tmp_path / "log").read_text() == "asked\n"
    prefix.rmdir()
    await pixi.activation(manifest, base, tmp_path / "cache")
    assert (tmp_path / "log").read_text() == "asked\nasked\n"


def test_asking_for_pixi_without_a_manifest_is_a_sentence(tmp_path: Path):
    with pytest.raises(WorkbenchError, match="pixi init"):
        pixi.manifest_for(tmp_path, True)


def test_only_what_differs_is_kept():
    base = {"PATH": "/usr/bin:/bin", "SECRET": "s", "PWD": "/a"}
    activated = base | {"PATH": "/p/bin:/usr/bin:/bin", "CONDA_PREFIX": "/p", "PWD": "/b", "SHLVL": "2"}
    active = pixi.difference(base, activated)
    assert active == pixi.Activation({"CONDA_PREFIX": "/p"}, ("/p/bin",))
    assert active.over(base)["PATH"] == "/p/bin:/usr/bin:/bin"


async def test_a_missing_pixi_is_a_sentence(port):
    port.write("pixi.toml", MANIFEST)
    tools = port.root.parent / "bin"
    tools.mkdir()
    (tools / "cargo").symlink_to(shutil.which("cargo"))
    with pytest.raises(WorkbenchError, match="pixi is not on PATH"):
        await port.builder(port.shell | {"PATH": str(tools)}, pixi=None).build(1, port.emit)
    assert await port.builder(pixi=False).build(2, port.emit)


@real
async def test_the_real_pixi_is_asked_once_per_manifest(port):
    port.write("pixi.toml", MANIFEST)
    script = port.write("activate.sh", "export FROM_PIXI=yes")
    asks = 'println!("cargo:rerun-if-env-changed=FROM_PIXI"); assert_eq!(std::env::var("FROM_PIXI").unwrap(), "yes");'
    port.write("port/build.rs", f"fn main() {{ {asks} }}")
    assert await port.builder(with_pixi(port.shell), pixi=None).build(1, port.emit)
    labels = [event.label for event in port.heard(ev.Progress) if event.task == "setup"]
    assert any("pixi" in label for label in labels)
    answers = list(port.target.glob("pixi-*.json"))
    assert len(answers) == 1
    before = answers[0].stat().st_mtime_ns
    assert await port.builder(with_pixi(port.shell), pixi=None).build(2, port.emit)
    assert answers[0].stat().st_mtime_ns == before
    builder = port.builder(with_pixi(port.shell), pixi=None)
    assert await builder.build(3, port.emit)
    assert script in builder.inputs()
    script.write_text("export FROM_PIXI=no")
    assert await builder.build(4, port.emit) is None
    assert len(list(port.target.glob("pixi-*.json"))) == 2


@real
async def test_a_manifest_that_pixi_refuses_is_a_sentence(port):
    port.write("pixi.toml", MANIFEST + "[nonsense")
    with pytest.raises(WorkbenchError, match="pixi could not give the environment"):
        await port.builder(with_pixi(port.shell), pixi=None).build(1, port.emit)
