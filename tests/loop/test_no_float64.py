"""A reference that does not run in float64 has no floor: every row says so, and nothing passes unseen."""

from pathlib import Path

from tests.loop.driving import running
from workbench.model.verdict import Verdict

RUN = "        tensors = {name"
REFUSES = """        if next(module.parameters()).dtype.itemsize == 8:
            raise RuntimeError("planted: no float64 here")
"""


async def test_without_a_float64_run_every_row_is_inconclusive_and_says_why(brief: Path) -> None:
    reference = brief / "sessions/cosyvoice3/reference.py"
    text = reference.read_text()
    assert text.count(RUN) == 1
    reference.write_text(text.replace(RUN, REFUSES + RUN))
    try:
        async with running(brief) as loop:
            check, rows = loop.board.check, list(loop.board.all_rows())
    finally:
        reference.write_text(text)
    assert check and check.verdict is Verdict.INCONCLUSIVE and check.first is None
    assert len(rows) > 60 and not any(row.verdict is Verdict.PASS for row in rows)
    assert any("planted: no float64 here" in row.reason for row in rows)
