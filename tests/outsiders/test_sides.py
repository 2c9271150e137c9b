"""Native sides that know nothing of the workbench: what each gives, and what it cannot give."""

import shutil
from pathlib import Path

from tests.cli.driving import run
from tests.outsiders import sides
from tests.outsiders.conftest import Project
from tests.outsiders.crates import extension
from workbench.model.verdict import Verdict

WHEEL = """\
build = "maturin"
manifest = "../../package/pyproject.toml"
layers = false
profile = "release"
port = "port.py"
"""


def verdicts(checked, input_="noise") -> dict[str, Verdict]:
    return {name: row.verdict for name, row in checked.rows("block", input_).items()}


def test_a_foreign_extension_behind_a_port(project: Project) -> None:
    extension(project.root / "package", "41")
    project.native(WHEEL)
    (project.session / "port.py").write_text(sides.PORT)
    checked = project.check()
    assert checked.code == 0, checked.stderr
    assert set(verdicts(checked).values()) == {Verdict.PASS} and checked.unchecked == {""}
    assert all(row.local for name, row in checked.rows("block", "noise").items() if name != "y")
    project.edit("package/src/lib.rs", ("f64::tanh", "|x| (x * 1.01).tanh()"))
    checked = project.check()
    assert (checked.code, checked.done.first.name, checked.done.by_order) == (1, "act", False)
    # Without taps only the outputs are left, and that is said.
    project.edit("sessions/example/port.py", (", sink):", "):"), ("sink(name, array)", "None"))
    checked = project.check()
    assert (checked.code, checked.done.first.name) == (1, "y")
    assert checked.unchecked == {"the module has no taps: only its outputs are compared, so there is no local column"}
    assert {name for name, verdict in verdicts(checked).items() if verdict is Verdict.UNCHECKED} == {
        "norm",
        "up",
        "down",
    }


def test_a_port_that_imports_another_copy_is_refused(project: Project) -> None:
    extension(project.root / "package", "41")
    project.native(WHEEL)
    (project.session / "port.py").write_text(sides.PORT)
    assert project.check("--stage", "block").code == 0
    (copy,) = (project.session / ".workbench" / "builds").rglob("_native*.so")
    shutil.copy(copy, project.session / copy.name)
    project.edit("sessions/example/port.py", ("import answering\n", sides.STALE))
    checked = project.check()
    assert checked.code == 1
    (reason,) = {event.reason for event in checked.of(sides.StageDone)}
    assert f"from {project.session / copy.name}, and not this build: remove that copy" in reason


def test_an_executable_that_writes_its_taps(project: Project) -> None:
    sides.program(project.root)
    native = 'manifest = "../../program/Cargo.toml"\npackage = "program"\nbinary = "program"\nlayers = false\n'
    project.native(native + 'arguments = ["{inputs}", "{weights}", "{outputs}"]')
    checked = project.check()
    assert checked.code == 0, checked.stderr
    assert checked.unchecked == {""} and checked.done.build.runs == "executable"
    row = checked.rows("block", "noise")["up"]
    assert row.local and row.verdict is Verdict.PASS and row.source.file.endswith("program/src/main.rs")
    project.edit("rust/src/layers.rs", ("EPS: f32 = 1e-5", "EPS: f32 = 1e-2"))
    checked = project.check()
    assert (checked.code, checked.done.first.name, checked.done.first.input) == (1, "norm", "noise")
    assert verdicts(checked)["up"] is Verdict.LIMITED
    # One that takes nothing in has no local column; what it writes is compared all the same.
    project.edit("program/src/main.rs", ("tap::files::install()", "sides_with_deaf_ears()"))
    project.edit("program/src/main.rs", ("fn main()", sides.DEAF + "fn main()"))
    checked = project.check()
    (said,) = checked.unchecked
    assert said.startswith("the executable did not say that it reads $WORKBENCH_INJECT")
    assert (checked.code, checked.done.by_order, checked.rows("block", "noise")["up"].local) == (1, True, None)


def test_an_executable_that_ends_badly(project: Project) -> None:
    script = project.root / "broken"
    script.write_text("#!/bin/sh\necho 'no such model' >&2\nexit 3\n")
    script.chmod(0o755)
    project.native('build = "none"\nartifact = "../../broken"')
    checked = project.check()
    (done, _) = checked.of(sides.StageDone)
    assert checked.code == 1 and done.reason.endswith("broken ended with status 3") and "no such model" in done.stderr


def test_a_folder_of_tensors(project: Project) -> None:
    assert run("capture", str(project.session), cwd=project.root).returncode == 0
    folder = sides.tensors(project.session, without="up")
    project.native('build = "none"\nartifact = "../../tensors"')
    checked = project.check()
    assert checked.code == 0, checked.stderr
    rows = checked.rows("block", "large")
    assert rows["up"].verdict is Verdict.UNCHECKED
    assert rows["up"].reason == "the folder of tensors has none of this name"
    assert rows["down"].verdict is rows["y"].verdict is Verdict.PASS and rows["down"].local is None
    (said,) = checked.unchecked
    assert said.startswith("tensors in a folder are not run")
    sides.change(folder / "block" / "large.safetensors", "down", 1.001)
    checked = project.check()
    assert (checked.code, checked.done.first.name, checked.done.first.input) == (1, "down", "large")
    (folder / "block" / "noise.safetensors").unlink()
    reasons = [event.reason for event in project.check().of(sides.StageDone)]
    assert "there is no block/noise.safetensors in the folder of tensors" in reasons
    table = run("check", str(project.session), cwd=Path(project.root)).stdout
    assert "○ 1 row unchecked: the folder of tensors has none of this name" in table
