"""A reference that does not run in float64 has its floor from a perturbed run; without that, nothing passes unseen."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.loop.driving import running
from workbench.model.verdict import Verdict

RUN = '        return {"velocity": module('
REFUSES = """        if next(module.parameters()).dtype.itemsize == 8:
            raise RuntimeError("planted: no float64 here")
"""
ONCE = """        self.runs = getattr(self, "runs", 0) + 1
        if self.runs > 1:
            raise RuntimeError("planted: no second run")
"""


@pytest.fixture
def reference(brief: Path) -> Iterator[Path]:
    path = brief / "sessions/cosyvoice3/cosyvoice3_reference/flow/stages.py"
    text = path.read_text()
    assert text.count(RUN) == 1
    yield path
    path.write_text(text)


async def test_a_perturbed_run_is_a_floor_that_a_correct_port_keeps_and_a_wrong_one_does_not(
    brief: Path, reference: Path
) -> None:
    reference.write_text(reference.read_text().replace(RUN, REFUSES + RUN))
    async with running(brief) as loop:
        wrong = {row.name: row.reason for row in loop.board.all_rows() if row.verdict is not Verdict.PASS}
        assert not wrong
        rows = list(loop.board.all_rows())
        assert len(rows) > 60 and sum(row.local is not None for row in rows) > 50
        assert max(row.times for row in rows) > 0.2
        (finding,) = loop.board.stages["flow.dit"].preflight
        assert "no float64 run" in finding.text and "planted: no float64 here" in finding.text
        done, line = await loop.save("feed_forward.rs", "hidden.gelu()?", "hidden.gelu_erf()?")
        assert done.first and done.first.name == "transformer_blocks.0.ff.ff.2"
        assert done.first.source and done.first.source.first <= line <= done.first.source.last
        await loop.save("feed_forward.rs", "hidden.gelu_erf()?", "hidden.gelu()?")


async def test_without_either_run_every_row_is_inconclusive_and_says_why(brief: Path, reference: Path) -> None:
    reference.write_text(reference.read_text().replace(RUN, ONCE + RUN))
    async with running(brief) as loop:
        check, rows = loop.board.check, list(loop.board.all_rows())
    assert check and check.verdict is Verdict.INCONCLUSIVE and check.first is None
    assert len(rows) > 60 and not any(row.verdict is Verdict.PASS for row in rows)
    assert any("planted: no second run" in row.reason for row in rows)
