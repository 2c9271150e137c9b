"""The command line as a shell sees it: stdout is data, stderr is narration, the exit code is the verdict."""

import json
import signal
import subprocess
from pathlib import Path

import pytest

from tests.cli.driving import INPUTS, WORKBENCH, run
from workbench.model.events import CheckDone, decode


def test_without_a_terminal_one_check_is_printed(workspace: Path) -> None:
    done = run(cwd=workspace)
    assert done.returncode == 0, done.stdout[-3000:]
    assert "● transformer_blocks.0.ff.ff.2" in done.stdout
    assert "● pass: " in done.stdout.splitlines()[-1]
    assert "built #" in done.stderr and "built #" not in done.stdout


def test_a_wrong_layer_is_exit_1_and_a_loud_line_names_it(workspace: Path) -> None:
    source = workspace / "rust/cosyvoice3/src/flow/feed_forward.rs"
    text = source.read_text()
    assert run("check", cwd=workspace).returncode == 0
    source.write_text(text.replace("hidden.gelu()?", "hidden.gelu_erf()?"))
    try:
        done = run("check", "cosyvoice3", "--stage", "flow.dit", cwd=workspace)
    finally:
        source.write_text(text)
    line = text[: text.index("hidden.gelu()?")].count("\n") + 1
    assert done.returncode == 1
    (loud,) = (line for line in done.stdout.splitlines() if "first divergence" in line)
    assert "first divergence: transformer_blocks.0.ff.ff.2" in loud
    assert f"rust/cosyvoice3/src/flow/feed_forward.rs:{line}" in loud


def test_json_is_the_event_stream_on_stdout(workspace: Path) -> None:
    done = run("check", "--json", cwd=workspace)
    events = [decode(line) for line in done.stdout.splitlines()]
    assert isinstance(next(event for event in reversed(events) if isinstance(event, CheckDone)), CheckDone)
    assert done.returncode == 0


def test_a_crate_that_does_not_compile_is_exit_2_with_the_compilers_words(workspace: Path) -> None:
    source = workspace / "rust/cosyvoice3/src/flow/norm.rs"
    text = source.read_text()
    source.write_text(text.replace("const EPS: f64", "const EPS: nonsense"))
    try:
        done = run("check", cwd=workspace)
    finally:
        source.write_text(text)
    assert done.returncode == 2
    assert "nonsense" in done.stderr and done.stdout == ""
    assert "\x1b" not in done.stderr


def test_ctrl_c_is_exit_130_and_leaves_no_child(workspace: Path) -> None:
    child = subprocess.Popen(
        [WORKBENCH, "watch", "--json"], cwd=workspace, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert child.stdout
    for line in child.stdout:
        if isinstance(decode(line), CheckDone):
            break
    child.send_signal(signal.SIGINT)
    _, stderr = child.communicate(timeout=20)
    assert child.returncode == 130, stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["check", "cosyvoice"], "did you mean `cosyvoice3`?"),
        (["check", "--size", "ful"], "did you mean `full`?"),
        (["check", "--stage", "flow.dot"], "did you mean `flow.dit`?"),
        (["check", "--sise", "full"], "No such option"),
        (["replay", "nowhere.ndjson"], "nowhere.ndjson"),
    ],
)
def test_wrong_usage_is_exit_2_and_one_sentence(workspace: Path, arguments: list[str], sentence: str) -> None:
    done = run(*arguments, cwd=workspace)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1 and done.stdout == ""


def test_a_set_model_dir_that_leads_nowhere_is_refused(workspace: Path) -> None:
    done = run("check", cwd=workspace, MODEL_DIR=str(workspace / "no models"))
    assert done.returncode == 1
    assert "none of" in done.stdout and "no models/flow.pt" in done.stdout


def test_a_recorded_log_prints_its_tables(workspace: Path) -> None:
    log = max((workspace / "home" / "events").glob("*.ndjson"))
    done = run("replay", str(log), cwd=workspace)
    assert done.returncode == 0


def test_schema_is_json_and_doctor_says_what_it_sees(workspace: Path) -> None:
    assert "stages" in json.dumps(json.loads(run("schema", cwd=workspace).stdout))
    done = run("doctor", cwd=workspace)
    assert done.returncode == 0 and "cargo" in done.stdout and "torch" in done.stdout


def test_capture_prints_folders_and_clean_removes_only_what_is_kept(workspace: Path) -> None:
    folders = [Path(line) for line in run("capture", cwd=workspace).stdout.splitlines()]
    assert len(folders) == INPUTS and all((folder / "manifest.json").exists() for folder in folders)
    before = sorted(path for path in workspace.rglob("*.rs"))
    assert run("clean", cwd=workspace).returncode == 0
    assert not any(folder.exists() for folder in folders)
    assert sorted(path for path in workspace.rglob("*.rs")) == before
