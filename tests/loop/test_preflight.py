"""What of a checkpoint the port left out is said before its numbers."""

from pathlib import Path

import pytest
from safetensors.numpy import load_file, save_file

from tests.loop.driving import Loop, running
from tests.workspace import FLOW
from workbench.model import commands as cmd
from workbench.model.verdict import Verdict
from workbench.report.table import check_report
from workbench.tui.palette import DARK, palette, variables
from workbench.tui.text.headline import headline

BLOCKS = "(0..config.depth).map(block)"
LAST, BEYOND = "transformer_blocks.3.", "transformer_blocks.4."
INK = palette(variables(DARK.to_color_system().generate()))


def said(loop: Loop) -> list[str]:
    return [finding.line for finding in loop.board.stages["flow.dit"].preflight]


async def test_blocks_that_are_left_out_are_counted_and_fail(brief: Path) -> None:
    async with running(brief) as loop:
        assert said(loop) == []
        done, _ = await loop.save("dit.rs", BLOCKS, "(0..2).map(block)")
        assert done.verdict is Verdict.FAIL
        blocks = "`transformer_blocks.2 … 3` (2 blocks, 28 keys)"
        assert said(loop) == [f"✗ the port never read {blocks}, which the reference uses"]
        done, _ = await loop.save("dit.rs", "(0..2).map(block)", BLOCKS)
        assert done.verdict is Verdict.PASS and said(loop) == []


async def test_a_bias_that_is_left_out_is_the_failure_of_its_row(brief: Path) -> None:
    async with running(brief) as loop:
        done, _ = await loop.save("attention.rs", "to_out: linear(", "to_out: candle_nn::linear_no_bias(")
        assert done.first and done.first.name == "transformer_blocks.0.attn.to_out.0"
        assert done.first.reason == "the port never read `bias`, which the reference uses here"
        missing = "`transformer_blocks.0 … 3.attn.to_out.0.bias` (4 keys)"
        assert said(loop) == [f"✗ the port never read {missing}, which the reference uses"]
        await loop.save("attention.rs", "to_out: candle_nn::linear_no_bias(", "to_out: linear(")


async def test_weights_that_no_side_uses_are_a_warning_of_a_check_that_passes(
    brief: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(brief) as loop:
        tensors = load_file(brief / FLOW)
        extra = {key.replace(LAST, BEYOND): tensor for key, tensor in tensors.items() if LAST in key}
        save_file({**tensors, **extra}, tmp_path / "flow.safetensors")
        monkeypatch.setenv("MODEL_DIR", str(tmp_path))
        start = len(loop.events)
        loop.engine.send(cmd.Recheck())
        done = await loop.checked(start)
        assert done.verdict is Verdict.PASS
        unused = f"`transformer_blocks.4` ({len(extra)} keys)"
        assert said(loop) == [f"! the port never read {unused}, and no module of the reference uses it"]
        assert said(loop)[0] in check_report(loop.board, done)
        assert said(loop)[0] in headline(loop.board, INK, 200).plain
