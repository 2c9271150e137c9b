"""A checkpoint that is cut off, as a download leaves it."""

from pathlib import Path

from tests.cli.driving import run
from tests.workspace import FLOW


def test_a_truncated_checkpoint_is_exit_1_and_a_sentence_with_its_path(workspace: Path, tmp_path: Path) -> None:
    model = tmp_path / "flow.safetensors"
    model.write_bytes((workspace / FLOW).read_bytes()[:-1000])
    done = run("check", cwd=workspace, MODEL_DIR=str(tmp_path))
    assert done.returncode == 1
    assert f"{model} is no valid safetensors file" in done.stdout and "make or fetch it again" in done.stdout
    assert "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == [model.name]
