"""An exported row: a folder that says what is wrong, and shows it without the workbench."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from tests.cli.driving import edited, one_sentence, run
from workbench.model.events import Explained, Exported, decode

TAP = "transformer_blocks.0.ff.ff.2"
SCRIPT = """
import runpy, sys
sys.modules["workbench"] = sys.modules["torch"] = None
runpy.run_path(sys.argv[1], run_name="__main__")
"""
FILES = {
    "README.txt", "actual.safetensors", "compare.py", "config.json", "expected.safetensors", "inputs.safetensors",
    "noise.safetensors", "row.json",
}  # fmt: skip


def compared(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the script as somebody else would: elsewhere, without the workbench and without torch."""
    command = [sys.executable, "-I", "-c", SCRIPT, str(folder / "compare.py")]
    return subprocess.run(command, cwd="/", env={}, capture_output=True, text=True, timeout=60, check=False)


def number(done: subprocess.CompletedProcess[str], label: str) -> float:
    return float(next(line for line in done.stdout.splitlines() if line.startswith(label)).split()[1])


def test_a_reproduction_shows_the_error_without_the_workbench(brief: Path, tmp_path: Path) -> None:
    folder = tmp_path / "not there yet" / "made"
    with edited(brief / "rust/cosyvoice3/src/flow/feed_forward.rs", "hidden.gelu()?", "hidden.gelu_erf()?"):
        done = run("explain", "--export", str(folder), "--json", cwd=brief)
    assert done.returncode == 1, done.stderr
    events = [decode(line) for line in done.stdout.splitlines()]
    assert [event.folder for event in events if isinstance(event, Exported)] == [str(folder)]
    row = next(event.row for event in events if isinstance(event, Explained))
    assert row.name == TAP and row.local
    assert {file.name for file in folder.iterdir()} == FILES and list(folder.parent.iterdir()) == [folder]

    told = (folder / "README.txt").read_text()
    assert TAP in told and "cause: " in told and "feed_forward.rs" in told and "gelu" in told
    assert (
        json.loads((folder / "config.json").read_text())
        == json.loads((brief / "sessions/cosyvoice3/small.json").read_text())["flow"]["dit"]
    )
    assert load_file(folder / "inputs.safetensors")
    assert load_file(folder / "actual.safetensors")[TAP].shape == row.shape

    wrong = compared(folder)
    assert wrong.returncode == 1 and not wrong.stderr, wrong
    assert number(wrong, "rms") == pytest.approx(row.local.rms, rel=1e-3)
    assert number(wrong, "max") == pytest.approx(row.local.max, rel=1e-3)
    assert number(wrong, "relative") == pytest.approx(row.local.relative, rel=1e-3)
    assert row.detail and str(list(row.detail.worst_index)) in wrong.stdout

    mended(folder)
    spoilt(folder)


def mended(folder: Path) -> None:
    shutil.copyfile(folder / "expected.safetensors", folder / "actual.safetensors")
    done = compared(folder)
    assert done.returncode == 0 and number(done, "rms") > 0, done


def spoilt(folder: Path) -> None:
    right = load_file(folder / "expected.safetensors")[TAP]
    save_file({TAP: np.ascontiguousarray(right[:, 1:])}, folder / "actual.safetensors")
    done = compared(folder)
    assert done.returncode == 1 and done.stdout.startswith("shape "), done
    broken = right.copy()
    broken[0, 1, 2] = np.nan
    save_file({TAP: broken}, folder / "actual.safetensors")
    done = compared(folder)
    assert done.returncode == 1 and "[0, 1, 2]" in done.stdout and not done.stderr, done


def test_a_folder_that_exists_is_refused_before_anything_is_built(brief: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    done = run("explain", "--export", str(tmp_path), cwd=brief)
    assert done.returncode == 2 and f"{tmp_path} exists already" in one_sentence(done)
    assert [file.name for file in tmp_path.iterdir()] == ["mine"]


def test_an_export_that_cannot_be_written_leaves_nothing(brief: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with edited(brief / "rust/cosyvoice3/src/flow/feed_forward.rs", "hidden.gelu()?", "hidden.gelu_erf()?"):
        done = run("explain", "--export", str(tmp_path / "file" / "made"), cwd=brief)
    assert done.returncode == 2 and done.stderr.splitlines()[-1].startswith(f"workbench: {tmp_path}/file"), done.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["file"]
