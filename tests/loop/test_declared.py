"""What a stage of session.toml declares by tap, on the real port."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.loop.driving import Loop, running
from workbench.model import events as ev
from workbench.model.row import Row
from workbench.model.verdict import Verdict

STAGE = '[stages."flow.dit"'


@pytest.fixture
def declared(brief: Path) -> Iterator[Path]:
    path = brief / "sessions" / "cosyvoice3" / "session.toml"
    text = path.read_text()
    yield path
    path.write_text(text)


async def declare(loop: Loop, path: Path, text: str, more: str) -> tuple[ev.CheckDone, dict[str, Row]]:
    """Add to the session, and return the check that follows with its rows."""
    start = len(loop.events)
    path.write_text(text + more)
    done = await loop.checked(start)
    return done, {row.name: row for row in loop.board.all_rows()}


def ended(loop: Loop) -> str:
    return [event for event in loop.events if isinstance(event, ev.StageDone)][-1].reason


async def test_a_tensor_outside_its_range_is_inconclusive_though_both_sides_agree(brief: Path, declared: Path) -> None:
    async with running(brief) as loop:
        text = declared.read_text()
        done, rows = await declare(loop, declared, text, f"{STAGE}.ranges]\nvelocity = [-0.01, 0.01]\nmu = [-50, 50]\n")
        assert done.verdict is Verdict.INCONCLUSIVE and done.counts["inconclusive"] == 1
        assert rows["velocity"].reason.startswith("both sides agree, on an implausible tensor: it goes from -")
        done, rows = await declare(loop, declared, text, f"{STAGE}.ranges]\nvelocity = [-50, 50]\nmu = [0, 0.5]\n")
        assert {row.verdict for row in rows.values()} == {Verdict.INCONCLUSIVE}
        assert rows["proj_out"].reason.startswith("both sides agree, on an implausible input: `mu` goes from -")
        done, rows = await declare(loop, declared, text, f"{STAGE}.ranges]\nvelocity = [-50, 50]\nmu = [-50, 50]\n")
        assert done.verdict is Verdict.PASS


async def test_a_declaration_of_no_tap_names_its_line_and_the_nearest(brief: Path, declared: Path) -> None:
    async with running(brief) as loop:
        text = declared.read_text()
        line = text.count("\n") + 2
        done, _ = await declare(loop, declared, text, f"{STAGE}.ranges]\nvelocty = [-50, 50]\n")
        assert done.verdict is Verdict.FAIL
        assert ended(loop).startswith(f"{declared}:{line}: there is no tap `velocty` (did you mean `velocity`?)")


async def test_a_factor_by_pattern_holds_at_its_taps_alone(brief: Path, declared: Path) -> None:
    async with running(brief) as loop:
        text = declared.read_text()
        strict = 'rms = 0.01, max = 0.01, reason = "a test"'
        done, rows = await declare(loop, declared, text, f'{STAGE}.factors]\n"*.attn.to_q" = {{ {strict} }}\n')
        failed = {name for name, row in rows.items() if row.verdict is Verdict.FAIL}
        assert done.verdict is Verdict.FAIL and failed == {f"transformer_blocks.{n}.attn.to_q" for n in range(4)}
        done, _ = await declare(loop, declared, text, f'{STAGE}.factors]\n"*.to_x" = {{ {strict} }}\n')
        assert done.verdict is Verdict.FAIL and "there is no tap `*.to_x`" in ended(loop)


async def test_an_invariant_speaks_against_sides_that_agree(brief: Path, declared: Path) -> None:
    async with running(brief) as loop:
        text, table = declared.read_text(), f'{STAGE}.invariants]\n"a velocity" = {{ of = "velocity", rule = "within", '
        done, rows = await declare(loop, declared, text, f"{table}range = [-50, 50] }}\n")
        assert done.verdict is Verdict.PASS and not rows["velocity"].reason
        done, rows = await declare(loop, declared, text, f"{table}range = [0, 50] }}\n")
        assert done.verdict is Verdict.INCONCLUSIVE and done.doubt and done.doubt.name == "velocity"
        assert rows["velocity"].reason.startswith("both sides break `a velocity`, the reference by ")
        start = len(loop.events)
        declared.write_text(text + table.removesuffix(", ") + " }\n")
        await loop.until(lambda event: isinstance(event, ev.Notice) and event.level == "error", start)
        notices = [event.text for event in loop.events if isinstance(event, ev.Notice)]
        assert "`within` needs a `range`" in notices[-1]
