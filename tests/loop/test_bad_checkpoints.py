"""A checkpoint that is no checkpoint: one sentence with the file, and the model's folder stays as it was."""

import json
import shutil
from pathlib import Path

import pytest

from tests.loop.driving import Loop, running
from tests.workspace import FLOW
from workbench.model import commands as cmd
from workbench.model import events as ev
from workbench.model.verdict import Verdict

ONE = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
TWO = {"dtype": "F32", "shape": [2], "data_offsets": [4, 12]}
HUGE = {"dtype": "F32", "shape": [1 << 62], "data_offsets": [0, 1 << 63]}


def safetensors(header: object, data: bytes = b"", length: int | None = None) -> bytes:
    """A safetensors file, true or not: `length` is what it claims of its header."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(text) if length is None else length).to_bytes(8, "little") + text + data


HOSTILE = {
    "a header of 2^63 bytes": safetensors({}, length=1 << 63),
    "a header beyond the end": safetensors({"a": ONE}, bytes(8), length=1 << 20),
    "overlapping offsets": safetensors({"a": ONE, "b": TWO}, bytes(12)),
    "a tensor larger than the file": safetensors({"a": HUGE}, bytes(8)),
    "a header that is no object": safetensors([1, 2], bytes(8)),
    "a header without a bottom": safetensors(b'{"a":' * 20000),
    "no tensors": safetensors({}),
    "another model's": safetensors({"a": ONE}, bytes(8)),
    "noise": b"\x00\xff" * 64,
    "empty": b"",
}


async def recheck(loop: Loop) -> tuple[ev.CheckDone, list[str]]:
    start = len(loop.events)
    loop.engine.send(cmd.Recheck())
    done = await loop.checked(start)
    ended = [event for event in loop.events[start:] if isinstance(event, ev.StageDone)]
    assert len(ended) == 1
    return done, [event.reason for event in ended]


async def test_a_hostile_checkpoint_is_refused_in_one_sentence(
    brief: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(brief) as loop:
        assert loop.board.check and loop.board.check.verdict is Verdict.PASS
        real = brief / FLOW
        model = tmp_path / "flow.safetensors"
        monkeypatch.setenv("MODEL_DIR", str(tmp_path))
        for name, content in {**HOSTILE, "truncated": real.read_bytes()[:-1000]}.items():
            model.write_bytes(content)
            done, reasons = await recheck(loop)
            assert done.verdict is Verdict.FAIL and not done.counts, name
            assert all(str(model) in reason and "\n" not in reason for reason in reasons), (name, reasons)
            assert model.read_bytes() == content
        shutil.copy(real, model)
        done, reasons = await recheck(loop)
        assert done.verdict is Verdict.PASS, reasons
        assert [path.name for path in tmp_path.iterdir()] == [model.name]
