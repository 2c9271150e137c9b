"""Random numbers that the reference draws: without them the check says what is missing, with them it judges."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.loop.driving import running
from workbench.model import events as ev
from workbench.model.verdict import Verdict

RUN = '        return {"velocity": module(**_called(inputs))}'
DRAWING = '        inputs = {**inputs, "x": inputs["x"] + torch.randn_like(inputs["x"])}\n' + RUN
PORT = 'x: inputs.get("x", DType::F32, &format!("b {mel_dim} t"))?,'
GIVEN = PORT[:-1] + '.add(&inputs.get("noise", DType::F32, &format!("b {mel_dim} t"))?)?,'


@pytest.fixture
def drawing(brief: Path) -> Iterator[Path]:
    """The session with a reference that adds noise to its input."""
    session, port = brief / "sessions" / "cosyvoice3", brief / "rust" / "cosyvoice3" / "src" / "flow" / "stage.rs"
    stages = session / "cosyvoice3_reference" / "flow" / "stages.py"
    before = {path: path.read_text() for path in (stages, session / "session.toml", port)}
    text = before[stages]
    assert text.count(RUN) == 1 and before[port].count(PORT) == 1
    stages.write_text("import torch\n" + text.replace(RUN, DRAWING))
    yield session
    for path, text in before.items():
        path.write_text(text)


async def test_a_draw_that_nobody_hands_over_is_named_and_one_that_is_handed_over_is_judged(drawing: Path) -> None:
    async with running(drawing.parents[1]) as loop:
        assert loop.board.check and loop.board.check.verdict is Verdict.INCONCLUSIVE and not loop.board.check.first
        reasons = {row.reason for row in loop.board.all_rows() if row.verdict is Verdict.INCONCLUSIVE}
        (reason,) = reasons
        assert reason.startswith("the reference draws `randn_like` at stages.py:")
        # What the noise does not reach is judged as ever.
        assert loop.board.check.counts["pass"] > 0

        declared = drawing / "session.toml"
        start = len(loop.events)
        declared.write_text(declared.read_text().replace("prefix =", 'draws = { noise = "randn" }\nprefix ='))
        await loop.checked(start)
        ended = [event for event in loop.events if isinstance(event, ev.StageDone)][-1]
        assert "there is no draw `randn` (did you mean `randn_like`?)" in ended.reason

        start = len(loop.events)
        declared.write_text(declared.read_text().replace('"randn"', '"randn_like"'))
        await loop.checked(start)
        done, _ = await loop.save("stage.rs", PORT, GIVEN)
        assert done.verdict is Verdict.PASS, done
