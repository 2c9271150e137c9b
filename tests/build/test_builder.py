"""Building with the real cargo."""

import asyncio
import ctypes
import fcntl
import shutil
import time
from pathlib import Path

import psutil
import pytest

from workbench.build.builder import Builder
from workbench.build.instrument.instrument import Instrumented
from workbench.model import events as ev
from workbench.model.errors import WorkbenchError
from workbench.model.session import Native

ERROR = '"no number"'


async def test_a_good_build_is_kept_and_loads(port):
    build = await port.builder().build(1, port.emit)
    assert ctypes.CDLL(build.artifact).answer() == 41
    assert [type(event) for event in port.events if not isinstance(event, ev.Progress)] == [
        ev.BuildStarted,
        ev.BuildDone,
    ]
    assert build.profile == "workbench"
    assert all(event.generation == 1 for event in port.events)
    assert port.events[-1].build == build


async def test_an_error_names_file_and_line_and_keeps_the_last_artifact(port):
    builder = port.builder()
    good = await builder.build(1, port.emit)
    port.answer(ERROR)
    assert await builder.build(2, port.emit) is None
    (heard,) = port.heard(ev.DiagnosticReady)
    said = heard.diagnostic
    assert (said.level, said.file, said.line, said.column, said.code) == ("error", "port/src/attn.rs", 2, 5, "E0308")
    assert "\x1b[" in said.rendered and said.explanation
    assert "port/src/attn.rs:2" in port.heard(ev.BuildFailed)[0].reason
    assert builder.store.newest().id == good.id
    assert ctypes.CDLL(good.artifact).answer() == 41


async def test_a_warning_comes_again_with_a_fresh_build(port):
    port.write("port/src/attn.rs", "pub fn answer() -> i32 {\n    let unused = 1;\n    41\n}\n")
    builder = port.builder()
    first = await builder.build(1, port.emit)
    again = await builder.build(2, port.emit)
    assert [event.diagnostic.level for event in port.heard(ev.DiagnosticReady)] == ["warning", "warning"]
    assert (again.id, again.number, again.fresh) == (first.id, 1, True)


async def test_the_inputs_are_what_cargo_read(port):
    port.write(
        "port/src/lib.rs",
        (port.root / "port/src/lib.rs").read_text() + 'const _: &[u8] = include_bytes!("my data.bin");\n',
    )
    data = port.write("port/src/my data.bin", "x")
    extra = port.write("rules.txt", "x")
    out = 'std::fs::write(std::env::var("OUT_DIR").unwrap() + "/g.rs", "").unwrap();'
    script = port.write("port/build.rs", f'fn main() {{ println!("cargo:rerun-if-changed=../rules.txt"); {out} }}')
    port.write("port/src/attn.rs", 'include!(concat!(env!("OUT_DIR"), "/g.rs"));\npub fn answer() -> i32 { 1 }\n')
    builder = port.builder()
    await builder.prepare(port.emit)
    assert builder.roots() == {port.root / "port/src"}
    assert data not in builder.inputs()
    await builder.build(1, port.emit)
    inputs = builder.inputs()
    assert {data, extra, script, port.root / "port/src/attn.rs", port.root / "Cargo.lock"} <= inputs
    assert {port.root / "port/Cargo.toml", port.root / ".cargo/config.toml"} <= inputs
    assert not any(path.is_relative_to(port.target) for path in inputs)


async def test_only_the_members_that_take_part_are_watched(port):
    port.write("Cargo.toml", '[workspace]\nresolver = "3"\nmembers = ["port", "helper", "other"]\n')
    lock = 'version = 4\n\n[[package]]\nname = "helper"\nversion = "0.1.0"\n\n[[package]]\nname = "my-port"\n'
    port.write(
        "Cargo.lock",
        lock + 'version = "0.1.0"\ndependencies = [\n "helper",\n]\n\n[[package]]\nname = "other"\nversion = "0.1.0"\n',
    )
    manifest = (port.root / "port/Cargo.toml").read_text()
    port.write("port/Cargo.toml", manifest + '[dependencies]\nhelper = { path = "../helper" }\n')
    for name in ("helper", "other"):
        port.write(f"{name}/Cargo.toml", f'[package]\nname = "{name}"\nversion = "0.1.0"\nedition = "2024"\n')
        port.write(f"{name}/src/lib.rs", "")
    builder = port.builder()
    assert await builder.build(1, port.emit)
    assert builder.roots() == {port.root / "port/src", port.root / "helper/src"}


SLEEPER = """
use std::process::Command;
fn main() {{
    let child = Command::new("sleep").arg("60").spawn().unwrap();
    std::fs::write("{file}", child.id().to_string()).unwrap();
    std::thread::sleep(std::time::Duration::from_secs(60));
}}
"""


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


async def test_cancelling_ends_what_a_build_script_started(port, tmp_path):
    file = tmp_path / "pid"
    port.write("port/build.rs", SLEEPER.format(file=file))
    task = asyncio.create_task(port.builder().build(1, port.emit))
    await port.until(lambda: file.exists() and file.read_text())
    started = time.monotonic()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert time.monotonic() - started < 1.5
    assert isinstance(port.events[-1], ev.BuildCancelled)
    await asyncio.sleep(0.1)
    assert not alive(int(file.read_text()))


async def test_a_newer_save_supersedes_and_only_the_last_one_counts(port):
    builder = port.builder()
    await builder.build(1, port.emit)
    task = None
    for generation, number in enumerate((7, 8, 9), start=2):
        if task:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        port.answer(number)
        task = asyncio.create_task(builder.build(generation, port.emit))
        await asyncio.sleep(0.06)
    build = await task
    assert ctypes.CDLL(build.artifact).answer() == 9
    assert len(port.heard(ev.BuildCancelled)) == 2
    assert [event.generation for event in port.heard(ev.BuildDone)] == [1, 4]


async def test_the_home_may_be_deleted_between_builds(port):
    builder = port.builder()
    first = await builder.build(1, port.emit)
    shutil.rmtree(port.builds.parent)
    again = await builder.build(2, port.emit)
    assert Path(again.artifact).exists() and again.number > first.number


async def test_a_read_only_source_tree_builds_and_stays_as_it_is(port):
    before = {path: path.stat().st_mtime_ns for path in port.root.rglob("*")}
    for path in port.root.rglob("*"):
        path.chmod(0o555 if path.is_dir() else 0o444)
    port.root.chmod(0o555)
    try:
        assert await port.builder().build(1, port.emit)
        assert {path: path.stat().st_mtime_ns for path in port.root.rglob("*")} == before
    finally:
        for path in (port.root, *port.root.rglob("*")):
            path.chmod(0o755)


async def test_a_lock_file_that_is_behind_is_never_written(port):
    (port.root / "Cargo.lock").unlink()
    assert await port.builder().build(1, port.emit) is None
    assert "Cargo.lock" in port.heard(ev.BuildFailed)[0].reason
    assert not (port.root / "Cargo.lock").exists()


async def test_a_manifest_with_a_typo_fails_and_recovers(port):
    builder = port.builder()
    assert await builder.build(1, port.emit)
    good = port.root / "port/Cargo.toml"
    text = good.read_text()
    good.write_text(text + "[nonsense")
    assert await builder.build(2, port.emit) is None
    assert "Cargo.toml" in port.heard(ev.BuildFailed)[0].reason
    good.write_text(text)
    assert await builder.build(3, port.emit)


async def test_a_failing_build_script_shows_its_own_words(port):
    port.write("port/build.rs", 'fn main() { panic!("no OpenSSL here"); }')
    assert await port.builder().build(1, port.emit) is None
    assert "no OpenSSL here" in port.heard(ev.BuildFailed)[0].reason


async def refused(port, **native) -> str:
    with pytest.raises(WorkbenchError) as error:
        await port.builder(**native).build(1, port.emit)
    return str(error.value)


async def test_broken_settings_are_one_sentence_each(port):
    assert "did you mean `my-port`?" in await refused(port, package="my_port")
    assert "it has `my-port`." in await refused(port, package="zebra")
    assert "native.manifest" in await refused(port, manifest="nowhere/Cargo.toml")
    assert "install Rust with rustup" in await refused(port, shell={"PATH": "/nowhere", "HOME": "/nowhere"})
    port.write("port/Cargo.toml", '[package]\nname = "my-port"\nversion = "0.1.0"\nedition = "2024"\n')
    said = await refused(port)
    assert 'crate-type = ["cdylib"]' in said and "port/Cargo.toml" in said


@pytest.mark.skipif(shutil.which("rustup") is None, reason="cargo is not rustup's")
async def test_a_missing_toolchain_names_the_command_that_installs_it(port):
    port.write("rust-toolchain.toml", '[toolchain]\nchannel = "1.2.3"\n')
    shell = port.shell | {"RUSTUP_AUTO_INSTALL": "0"}
    shell.pop("RUSTUP_TOOLCHAIN", None)
    assert "rustup toolchain install 1.2.3" in await refused(port, shell=shell)


async def test_another_cargo_is_waited_for_and_said_so(port):
    builder = port.builder()
    await builder.build(1, port.emit)
    with (port.target / "workbench" / ".cargo-lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        task = asyncio.create_task(builder.build(2, port.emit))
        await port.until(lambda: port.heard(ev.Notice))
        assert not task.done()
    assert await task
    assert "waiting for another cargo" in port.heard(ev.Notice)[0].text


@pytest.fixture
def with_pyo3(port):
    """The port depends on a crate that is called pyo3 and looks at one variable, as the real one does."""
    port.write("Cargo.toml", '[workspace]\nresolver = "3"\nmembers = ["port", "pyo3"]\n')
    lock = 'version = 4\n\n[[package]]\nname = "my-port"\nversion = "0.1.0"\ndependencies = [\n "pyo3",\n]\n\n'
    port.write("Cargo.lock", lock + '[[package]]\nname = "pyo3"\nversion = "0.1.0"\n')
    port.write(
        "port/Cargo.toml", (port.root / "port/Cargo.toml").read_text() + '[dependencies]\npyo3 = { path = "../pyo3" }\n'
    )
    port.write("pyo3/Cargo.toml", '[package]\nname = "pyo3"\nversion = "0.1.0"\nedition = "2024"\n')
    port.write(
        "pyo3/build.rs",
        'fn main() { for n in ["PATH_LIKE", "PYO3_PYTHON"] { println!("cargo:rerun-if-env-changed={n}"); } }',
    )
    port.write("pyo3/src/lib.rs", "")
    return port


async def test_a_rebuilt_pyo3_is_said_unless_a_manifest_moved(with_pyo3):
    port = with_pyo3
    shell = port.shell
    await port.builder(shell).build(1, port.emit)
    await port.builder(shell | {"VIRTUAL_ENV": "/x", "PYO3_PYTHON": "/x/bin/python"}).build(2, port.emit)
    assert not port.heard(ev.Notice)
    await port.builder(shell | {"PATH_LIKE": "2"}).build(3, port.emit)
    assert [event.level for event in port.heard(ev.Notice)] == ["warning"]
    port.write("pyo3/Cargo.toml", (port.root / "pyo3/Cargo.toml").read_text() + 'description = "x"\n')
    await port.builder(shell | {"PATH_LIKE": "3"}).build(4, port.emit)
    assert len(port.heard(ev.Notice)) == 1


async def test_progress_counts_packages(with_pyo3):
    port = with_pyo3
    slow = "std::thread::sleep(std::time::Duration::from_secs(2));"
    port.write("pyo3/build.rs", f"fn main() {{ {slow} }}")
    await port.builder().build(1, port.emit)
    port.answer(42)
    await port.builder().build(2, port.emit)
    heard = [event for event in port.heard(ev.Progress) if event.task == "build"]
    said = [(event.generation, event.label, event.done, event.total) for event in heard]
    assert said[0] == (1, "Compiling pyo3", 0, 0)
    assert said[1:] == [(1, "Compiling my-port", 1, 2), (2, "Compiling my-port", 1, 2)]


async def test_what_the_instrumentation_says_reaches_cargo_and_the_record(port):
    asked: list[Path] = []

    def instrument(manifest, cargo, variables):
        asked.append(manifest)
        return Instrumented(("--locked", "--offline"), ("0.11.1",), ("",))

    native = Native(manifest="Cargo.toml", package="my-port", pixi=False)
    builder = Builder(native, port.root, **port.folders, instrument=instrument)
    build = await builder.build(1, port.emit)
    assert (build.layers, build.plain_reason) == (True, "")
    await builder.build(2, port.emit)
    assert asked == [port.root / "Cargo.toml"]
    port.write("Cargo.lock", (port.root / "Cargo.lock").read_text() + "\n")
    await builder.build(3, port.emit)
    assert len(asked) == 2


async def test_the_users_own_profiles_are_used_as_they_are(port):
    port.answer("if cfg!(debug_assertions) { 1 } else { 2 }")
    builds = [await port.builder(profile=name).build(1, port.emit) for name in ("workbench", "release")]
    port.write("Cargo.toml", (port.root / "Cargo.toml").read_text() + '[profile.workbench]\ninherits = "release"\n')
    builds.append(await port.builder().build(2, port.emit))
    assert [ctypes.CDLL(build.artifact).answer() for build in builds] == [1, 2, 2]
