"""Checkpoints, whole and hostile."""

from __future__ import annotations

import argparse
import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from workbench.reference import weights
from workbench.reference.failure import Failure

TENSORS = {"a": torch.arange(6.0).reshape(2, 3), "b.c": torch.ones(3, dtype=torch.int64), "h": torch.ones(3).bfloat16()}

STAGE = """
    class Net(nn.Module):
        def __init__(self, weight):
            super().__init__()
            self.weight = nn.Parameter(weight)

        def forward(self, x):
            self.weight.data.mul_(2)
            return 0 * self.weight + x.add_(1)

    @stage("net")
    class Stage:
        def build(self, weights, config):
            return Net(weights["a"])

        def inputs(self, name, config):
            return {"x": torch.ones(3)}

        def run(self, module, inputs):
            return {"y": module(inputs["x"])}
"""


def equal(found, wanted=TENSORS):
    return found.keys() == wanted.keys() and all(
        torch.equal(found[key], wanted[key]) and found[key].dtype == wanted[key].dtype for key in wanted
    )


CONTENTS = {
    "plain": TENSORS,
    "with counters": {**TENSORS, "epoch": 3, "step": 7.5, "note": "text"},
    "state_dict": {"state_dict": TENSORS, "optimizer": {"a": torch.zeros(9)}},
    "model": {"model": TENSORS, "epoch": 1},
    "nested": {"a": TENSORS["a"], "b": {"c": TENSORS["b.c"]}, "h": TENSORS["h"]},
}


@pytest.mark.parametrize("content", CONTENTS.values(), ids=CONTENTS)
@pytest.mark.parametrize("zipped", [True, False], ids=["zip", "legacy"])
def test_a_pytorch_file_is_converted(session, content, zipped):
    source, out = session.folder / "w.pt", session.folder / "new" / "w.safetensors"
    torch.save(content, source, _use_new_zipfile_serialization=zipped)
    assert session.ask("convert", source=str(source), out=str(out)) == {"event": "done", "out": str(out)}
    assert equal(load_file(out))


def test_shared_and_strided_tensors_are_converted(session):
    base = torch.arange(12.0).reshape(3, 4)
    source, out = session.folder / "w.bin", session.folder / "w.safetensors"
    torch.save({"whole": base, "turned": base.T, "row": base[1], "same": base}, source)
    session.ask("convert", source=str(source), out=str(out))
    assert equal(load_file(out), {"whole": base, "turned": base.T, "row": base[1], "same": base})


def test_several_files_are_merged(tmp_path):
    save_file({"a": TENSORS["a"]}, tmp_path / "one.safetensors")
    torch.save({"b.c": TENSORS["b.c"], "h": TENSORS["h"]}, tmp_path / "two.pt")
    assert equal(weights.merge([tmp_path / "one.safetensors", tmp_path / "two.pt"]))


def test_a_key_in_two_files_is_refused(tmp_path):
    for name in ("one", "two"):
        save_file({"a": TENSORS["a"]}, tmp_path / f"{name}.safetensors")
    with pytest.raises(Failure, match=r"'a' is in .*one.safetensors and in .*two.safetensors; "):
        weights.merge([tmp_path / "one.safetensors", tmp_path / "two.safetensors"])


def test_a_model_that_writes_into_its_weights_does_not_reach_the_file(session):
    path = session.folder / "w.safetensors"
    save_file(TENSORS, path)
    before = path.read_bytes()
    captured = session.write(STAGE).capture(weights=[str(path)])
    assert path.read_bytes() == before
    assert captured.tensors("inputs.safetensors")["x"].tolist() == [1, 1, 1]
    assert captured.json("noise.json")["y"]["noise_max"] == 0


def test_a_synthetic_checkpoint_depends_on_its_seed_alone(session):
    session.write(
        STAGE
        + """
    @checkpoint("w")
    def weights(config, seed):
        return {"w": torch.randn(config["n"]), "seed": torch.tensor(seed)}
    """
    )
    session.open()
    files = []
    for name, seed in (("a", 5), ("b", 5), ("c", 6)):
        out = session.folder / f"{name}.safetensors"
        session.ask("checkpoint", name="w", config={"n": 4}, seed=seed, out=str(out))
        files.append(out.read_bytes())
    assert files[0] == files[1] != files[2]


def header(entries: dict, data: bytes = b"") -> bytes:
    text = json.dumps(entries).encode()
    return len(text).to_bytes(8, "little") + text + data


def entry(start: int, end: int, shape: list[int]) -> dict:
    return {"dtype": "F32", "shape": shape, "data_offsets": [start, end]}


HOSTILE = {
    "empty": b"",
    "header of 2^63 bytes": (1 << 63).to_bytes(8, "little") + b"{}",
    "header longer than the file": (1000).to_bytes(8, "little") + b"{}",
    "no JSON": header({})[:8] + b"[[",
    "overlapping tensors": header({"a": entry(0, 8, [2]), "b": entry(4, 12, [2])}, bytes(12)),
    "a tensor past the end": header({"a": entry(0, 8, [2])}, bytes(4)),
    "a shape that overflows": header({"a": entry(0, 8, [1 << 62, 1 << 62])}, bytes(8)),
    "negative offsets": header({"a": entry(-8, 0, [2])}, bytes(8)),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_a_damaged_safetensors_file_is_one_sentence(session, content):
    path = session.folder / "w.safetensors"
    path.write_bytes(content)
    session.write(STAGE).open()
    error = session.refused("capture", **session.fields(weights=[str(path)]))
    assert error.startswith(f"{path} is no valid safetensors file: ")
    assert error.endswith("; make or fetch it again")


def pickled(path):
    torch.save(TENSORS, path)
    return path.read_bytes()


@pytest.mark.parametrize("damage", ["truncated", "empty", "text", "code"])
def test_a_damaged_pytorch_file_is_one_sentence(session, damage):
    path, out = session.folder / "w.pt", session.folder / "w.safetensors"
    content = pickled(path)
    path.write_bytes(
        {"truncated": content[: len(content) // 2], "empty": b"", "text": b"no pickle"}.get(damage, content)
    )
    if damage == "code":
        torch.save({**TENSORS, "arguments": argparse.Namespace(lr=1)}, path)
    error = session.refused("convert", source=str(path), out=str(out))
    assert error.startswith(f"{path} ")
    assert "\n" not in error
    assert not out.exists()


def test_weights_that_are_not_there_or_hold_nothing(session):
    session.write(STAGE).open()
    path = session.folder / "w.pt"
    error = session.refused("capture", **session.fields(weights=[str(path)]))
    assert error == f"{path} cannot be read: No such file or directory"
    error = session.refused("convert", source=str(path), out=str(session.folder / "out"))
    assert error == f"{path}: no such weights file"
    torch.save({"epoch": 1}, path)
    assert session.refused("capture", **session.fields(weights=[str(path)])) == f"{path} holds no tensors"
