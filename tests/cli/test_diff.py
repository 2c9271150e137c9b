"""`workbench diff` as a shell sees it: files in, rows and an exit code out."""

import json
import os
import re
import signal
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.numpy import save_file
from safetensors.torch import save_file as save_torch

WORKBENCH = str(Path(sys.executable).parent / "workbench")
Arrays = dict[str, NDArray[Any]]


def diff(*arguments: object, cwd: Path, code: int | None = None) -> str:
    done = subprocess.run(
        [WORKBENCH, "diff", *map(str, arguments)], cwd=cwd, capture_output=True, text=True, timeout=120, check=False
    )
    if code is not None:
        assert done.returncode == code, done.stdout + done.stderr
    return done.stdout if done.returncode < 2 else done.stderr


def records(*arguments: object, cwd: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The records by tensor, and the sum."""
    *rows, done = [json.loads(line) for line in diff(*arguments, "--json", cwd=cwd).splitlines()]
    return {row["row"]["name"]: row for row in rows}, done


@pytest.fixture
def exact() -> Arrays:
    random = np.random.default_rng(3)
    return {
        "a.weight": random.normal(size=(12, 18)),
        "b.weight": random.normal(size=(2, 20, 16)),
        "c": random.normal(size=50),
    }


def single(tensors: Arrays) -> Arrays:
    return {name: tensor.astype("f4") for name, tensor in tensors.items()}


def noisy(tensors: Arrays, size: float, seed: int = 0) -> Arrays:
    random = np.random.default_rng(seed)
    return single({name: each + size * random.normal(size=each.shape) for name, each in tensors.items()})


@pytest.fixture
def files(tmp_path: Path, exact: Arrays) -> Path:
    """exact.safetensors (f64), b (the reference in f32, with noise), a (the port, with other noise)."""
    save_file(exact, tmp_path / "exact.safetensors")
    save_file(noisy(exact, 1e-6, 1), tmp_path / "b.safetensors")
    save_file(noisy(exact, 1e-6, 2), tmp_path / "a.safetensors")
    return tmp_path


def test_equal_tensors_pass_in_every_format(tmp_path: Path, exact: Arrays) -> None:
    tensors = single(exact)
    save_file(tensors, tmp_path / "b.safetensors")
    np.savez(tmp_path / "plain.npz", **tensors)
    np.savez_compressed(tmp_path / "small.npz", **tensors)
    torch.save({name: torch.from_numpy(each) for name, each in tensors.items()}, tmp_path / "a.pt")
    torch.save(
        {"state_dict": {name: torch.from_numpy(each) for name, each in tensors.items()}, "step": 3}, tmp_path / "b.pt"
    )
    (tmp_path / "folder" / "b").mkdir(parents=True)
    np.save(tmp_path / "folder" / "a.weight.npy", np.asfortranarray(tensors["a.weight"]))
    np.save(tmp_path / "folder" / "b" / "weight.npy", tensors["b.weight"].astype(">f4"))
    save_file({"c": tensors["c"]}, tmp_path / "folder" / "rest.safetensors")
    for path in ("plain.npz", "small.npz", "a.pt", "b.pt", "folder"):
        out = diff(path, "b.safetensors", cwd=tmp_path, code=0)
        assert out.splitlines()[-1].startswith("● pass: 3 pass · largest: rms 0.0e+00, max 0.0e+00 of rms"), path


def test_two_npy_files_are_one_tensor_each(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.arange(6.0))
    np.save(tmp_path / "b.npy", np.arange(6.0))
    assert "● tensor" in diff("a.npy", "b.npy", cwd=tmp_path, code=0)


def test_without_a_floor_what_differs_is_unchecked_with_the_smallest_tolerance_that_passes(files: Path) -> None:
    out = diff("a.safetensors", "b.safetensors", cwd=files, code=1)
    assert "○ unchecked: 3 unchecked" in out.splitlines()[-1]
    found = [
        re.search(r"not equal, and no floor to judge it by; (--rms \S+ --max \S+) would pass", line)
        for line in out.splitlines()
    ]
    tolerances = [each[1] for each in found if each]
    assert len(tolerances) == 3
    rms, largest = (max(float(each.split()[n]) for each in tolerances) for n in (1, 3))
    diff("a.safetensors", "b.safetensors", "--rms", rms, "--max", largest, cwd=files, code=0)
    assert "--rms" in diff("a.safetensors", "b.safetensors", "--rms", rms * 0.9, cwd=files, code=1)
    assert "largest error" in diff("a.safetensors", "b.safetensors", "--max", largest * 0.9, cwd=files, code=1)


def test_a_floor_judges_by_the_references_own_noise(files: Path, exact: Arrays) -> None:
    out = diff("a.safetensors", "b.safetensors", "--floor", "exact.safetensors", cwd=files, code=0)
    assert "● pass: 3 pass" in out
    save_file(noisy(exact, 1e-5, 2), files / "far.safetensors")
    rows, done = records("far.safetensors", "b.safetensors", "--floor", "exact.safetensors", cwd=files)
    assert done["verdict"] == "fail" and done["counts"] == {"fail": 3}
    for name, row in rows.items():
        assert row["row"]["accumulated"]["times_rms"] == pytest.approx(10, rel=0.35), name
        assert "× floor" in row["row"]["reason"]


def test_the_error_is_that_against_float64(tmp_path: Path, exact: Arrays) -> None:
    save_file(exact, tmp_path / "exact.safetensors")
    save_file(noisy(exact, 1e-3, 1), tmp_path / "b.safetensors")
    save_file(single(exact), tmp_path / "a.safetensors")
    rows, _ = records("a.safetensors", "b.safetensors", "--floor", "exact.safetensors", cwd=tmp_path)
    for name, row in rows.items():
        error = single(exact)[name] - exact[name]
        assert row["rms"] == pytest.approx(np.sqrt(np.mean(error**2)) / np.sqrt(np.mean(exact[name] ** 2)), rel=1e-3)


def test_a_reference_with_too_much_noise_proves_nothing(tmp_path: Path, exact: Arrays) -> None:
    save_file(exact, tmp_path / "exact.safetensors")
    save_file(noisy(exact, 1e-2, 1), tmp_path / "b.safetensors")
    out = diff("b.safetensors", "b.safetensors", "--floor", "exact.safetensors", cwd=tmp_path, code=1)
    assert "? inconclusive: 3 inconclusive" in out


def test_a_cause_is_named_with_its_proof(files: Path, exact: Arrays) -> None:
    port = noisy(exact, 1e-6, 2)
    port["a.weight"] *= 2
    port["b.weight"] = np.ascontiguousarray(port["b.weight"][::-1])
    port["c"] = port["c"].reshape(5, 10)
    save_file(port, files / "wrong.safetensors")
    out = diff("wrong.safetensors", "b.safetensors", "--floor", "exact.safetensors", cwd=files, code=1)
    assert re.search(r"↳ the port's output is twice the reference's \(\S+ → [01]\.\d × floor\)", out)
    assert "↳ the batch rows of the port's output are swapped: 0 and 1" in out
    assert "shape 5×10, the reference has 50" in out
    assert "↳ the port's output has the reference's elements in the same order, under another shape" in out
    for more in ([], ["--rms", "1e-5"]):
        assert "twice the reference's" in diff("wrong.safetensors", "b.safetensors", *more, cwd=files, code=1)


def test_names_are_paired_by_prefix_map_and_file(files: Path, exact: Arrays) -> None:
    port = noisy(exact, 1e-6, 2)
    renamed = {"model.x.a_weight": port["a.weight"], "model.x.b_weight": port["b.weight"], "model.see": port["c"]}
    save_file(renamed, files / "renamed.safetensors")
    sides = ("renamed.safetensors", "b.safetensors", "--floor", "exact.safetensors", "--prefix", "model.")
    diff(*sides, "--map", r"x\.(.)_weight=\1.weight", "--map", "see=c", cwd=files, code=0)
    (files / "names").write_text("# names\n" r"x\.(.)_weight=\1.weight" "\n\nsee=c\n")
    diff(*sides, "--map", "names", cwd=files, code=0)
    save_file({f"model.{name}": each for name, each in exact.items()}, files / "exact.safetensors")
    diff(*sides, "--map", "names", cwd=files, code=0)
    out = diff(*sides, "--map", r"x\.(a)_weight=\1.weight", cwd=files, code=1)
    assert re.search(r"✗ x\.b_weight .*only in A; nearest in B: `b\.weight`", out)
    assert re.search(r"✗ c .*only in B", out)
    assert "✗ fail: 4 fail, 1 pass" in out


def test_a_declared_layout_is_the_only_way_across_layouts(files: Path, exact: Arrays) -> None:
    port = noisy(exact, 1e-6, 2)
    port["b.weight"] = np.ascontiguousarray(port["b.weight"].transpose(0, 2, 1))
    port["a.weight"] = port["a.weight"].reshape(12, 3, 6)
    save_file(port, files / "laid.safetensors")
    sides = ("laid.safetensors", "b.safetensors", "--floor", "exact.safetensors")
    assert "✗ fail: 2 fail, 1 pass" in diff(*sides, cwd=files, code=1)
    layouts = ("--layout", "b.*=b c t -> b t c", "--layout", "a.weight=a b c -> a (b c)")
    diff(*sides, *layouts, cwd=files, code=0)
    assert "the layout `a b -> b a` does not fit" in diff(*sides, "--layout", ".*=a b -> b a", cwd=files, code=1)


def test_dtypes_are_shown_and_compared_by_value(tmp_path: Path) -> None:
    x = torch.randn(40, generator=torch.Generator().manual_seed(1)).bfloat16()
    save_torch({"half": x, "int": torch.arange(5), "kind": x.clone()}, tmp_path / "a.safetensors")
    save_torch({"half": x.float(), "int": torch.arange(5).int(), "kind": torch.arange(40)}, tmp_path / "b.safetensors")
    rows, _ = records("a.safetensors", "b.safetensors", cwd=tmp_path)
    assert [rows[name]["row"]["verdict"] for name in ("half", "int", "kind")] == ["pass", "pass", "fail"]
    assert (rows["half"]["row"]["dtype"], rows["half"]["other_dtype"]) == ("bf16", "f32")
    assert rows["kind"]["row"]["reason"] == "dtype bf16, the reference has i64"
    assert "bf16 | f32" in diff("a.safetensors", "b.safetensors", cwd=tmp_path)


def test_integers_have_no_tolerance_and_nan_is_no_match(tmp_path: Path) -> None:
    save_file({"i": np.array([1, 2, 3]), "f": np.array([1.0, np.nan, np.inf])}, tmp_path / "a.safetensors")
    save_file({"i": np.array([1, 2, 4]), "f": np.array([1.0, 2.0, np.inf])}, tmp_path / "b.safetensors")
    rows, _ = records("a.safetensors", "b.safetensors", "--rms", 10, "--max", 10, cwd=tmp_path)
    assert "1 elements differ" in rows["i"]["row"]["reason"]
    assert "NaN or inf" in rows["f"]["row"]["reason"]
    assert (rows["f"]["rms"], rows["f"]["max"]) == (1e99, 1e99)
    diff("a.safetensors", "a.safetensors", cwd=tmp_path, code=0)


def test_the_worst_element_is_found_behind_the_first_part(tmp_path: Path) -> None:
    b = np.ones((3, 2_000_000), "f4")
    a = b.copy()
    a[1, 7], a[2, 1_999_998] = 1.25, 1.5
    save_file({"x": a}, tmp_path / "a.safetensors")
    save_file({"x": b}, tmp_path / "b.safetensors")
    rows, done = records("a.safetensors", "b.safetensors", cwd=tmp_path)
    row = rows["x"]
    assert (row["worst_index"], row["worst_actual"], row["worst_expected"]) == ([2, 1_999_998], 1.5, 1.0)
    assert (row["max"], row["differing"]) == (0.5, 2)
    assert row["rms"] == pytest.approx(np.sqrt((0.25**2 + 0.5**2) / 6e6))
    assert (done["max"], done["rms"]) == (row["max"], row["rms"])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["a.safetensors", "nowhere.npz"], "nowhere.npz: no such file or folder"),
        (["a.safetensors", "names.txt"], "names.txt: this is none of .safetensors"),
        (["a.safetensors", "bad.safetensors"], "bad.safetensors is damaged"),
        (["a.safetensors", "bad.npz"], "bad.npz cannot be read"),
        (["a.safetensors", "bad.npy"], "bad.npy cannot be read"),
        (["a.safetensors", "bad.pt"], "bad.pt"),
        (["a.safetensors", "empty"], "empty: no tensors in it"),
        (["a.safetensors", "twice"], "`c` is in "),
        (["a.safetensors", "b.safetensors", "--map", "nowhere"], "--map nowhere: No such file"),
        (["a.safetensors", "b.safetensors", "--map", "(=c"], "is no regular expression"),
        (["a.safetensors", "b.safetensors", "--map", ".*=c"], "both become `c`"),
        (["a.safetensors", "b.safetensors", "--layout", "c"], "give NAME="),
        (["a.safetensors", "b.safetensors", "--rms", "-1"], "Invalid value"),
        (["a.safetensors", "b.safetensors", "--floor", "other.safetensors"], "give B's in float64"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_exit_2_and_one_sentence(
    files: Path, exact: Arrays, arguments: list[str], sentence: str
) -> None:
    (files / "names.txt").write_text("")
    for suffix in ("safetensors", "npz", "npy", "pt"):
        (files / f"bad.{suffix}").write_bytes(b"nonsense")
    (files / "empty").mkdir()
    (files / "twice").mkdir()
    for name in ("one", "two"):
        save_file({"c": exact["c"]}, files / "twice" / f"{name}.safetensors")
    save_file({"c": exact["c"][:3]}, files / "other.safetensors")
    said = diff(*arguments, cwd=files, code=2)
    assert sentence in said
    assert len(said.strip().splitlines()) == 1


def test_a_pickle_that_holds_code_is_refused(tmp_path: Path) -> None:
    torch.save({"x": torch.ones(2), "path": Path("x")}, tmp_path / "a.pt")
    assert "holds more than tensors" in diff("a.pt", "a.pt", cwd=tmp_path, code=2)


def test_without_torch_a_pickle_is_one_sentence(tmp_path: Path) -> None:
    torch.save({"x": torch.ones(2)}, tmp_path / "a.pt")
    code = (
        "import importlib.util, sys; real = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, *rest: None if name == 'torch' else real(name, *rest)\n"
        "sys.argv = ['workbench', 'diff', 'a.pt', 'a.pt']\n"
        "from workbench.cli.main import main; main()"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("workbench: a.pt is a PyTorch file") and "has no torch" in done.stderr


def test_the_engine_stays_free_of_torch(tmp_path: Path) -> None:
    torch.save({"x": torch.ones(2)}, tmp_path / "a.pt")
    code = (
        "import sys; sys.argv = ['workbench', 'diff', 'a.pt', 'a.pt']\n"
        "from workbench.cli.main import main\n"
        "try: main()\n"
        "finally: print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout.splitlines()[-1] == "False"


def sparse(path: Path, sizes: dict[str, int], value: float) -> None:
    """A safetensors file of float32 zeros that takes no room on disk; the last element of each tensor is `value`."""
    header, at = {}, 0
    for name, size in sizes.items():
        header[name] = {"dtype": "F32", "shape": [size // 1024, 1024], "data_offsets": [at, at + 4 * size]}
        at += 4 * size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        file.truncate(8 + len(text) + at)
        for entry in header.values():
            file.seek(8 + len(text) + entry["data_offsets"][1] - 4)
            file.write(struct.pack("<f", value))


@pytest.mark.parametrize("arguments", [[], ["--floor", "b.safetensors"], ["--layout", "big=a b -> b a"]])
def test_memory_does_not_grow_with_the_files(tmp_path: Path, arguments: list[str]) -> None:
    sizes = {"big": 200 << 20, "small": 1 << 20, "other": 50 << 20}
    if "--layout" in arguments:
        sizes = {"big": 1 << 20, **{f"{n}": 40 << 20 for n in range(5)}}
    sparse(tmp_path / "a.safetensors", sizes, 1.0)
    sparse(tmp_path / "b.safetensors", sizes, 1.0)
    code = (
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_DATA, (700 << 20, 700 << 20))\n"
        f"sys.argv = ['workbench', 'diff', 'a.safetensors', 'b.safetensors', *{arguments!r}]\n"
        "from workbench.cli.main import main\n"
        "try: main()\n"
        "finally: print(open('/proc/self/status').read().partition('VmHWM:')[2].split()[0])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode < 2, done.stderr
    assert int(done.stdout.splitlines()[-1]) < 500 << 10


def test_ctrl_c_is_exit_130_and_leaves_nothing_behind(tmp_path: Path) -> None:
    sparse(tmp_path / "a.safetensors", {f"{n}": 50 << 20 for n in range(8)}, 1.0)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    child = subprocess.Popen(
        [WORKBENCH, "diff", "a.safetensors", "a.safetensors", "--json"], cwd=tmp_path, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, env={**os.environ, "TMPDIR": str(scratch)},
    )  # fmt: skip
    assert child.stdout and child.stdout.readline()
    child.send_signal(signal.SIGINT)
    _, stderr = child.communicate(timeout=30)
    assert child.returncode == 130, stderr
    assert list(scratch.iterdir()) == []
