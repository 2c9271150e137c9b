"""session.toml, edited while the loop runs: a valid one is taken over, an invalid one is told and changes nothing."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.loop.driving import Loop, running
from tests.workspace import SPEECH
from workbench.model import commands as cmd
from workbench.model import events as ev
from workbench.model.verdict import Verdict

INPUTS = f"inputs = {json.dumps(SPEECH)}"
PREFIX = 'prefix = "decoder.estimator."'
STRICT = PREFIX + '\nfactor = { rms = 0.01, max = 0.01, reason = "a test" }'
HASTY = PREFIX + "\ntime_limit = 0.001"


@pytest.fixture
def declared(workspace: Path) -> Iterator[Path]:
    folder = workspace / "sessions" / "cosyvoice3"
    before = {path: path.read_text() for path in (folder / "session.toml", folder / "small.json")}
    yield folder / "session.toml"
    for path, text in before.items():
        path.write_text(text)


async def edit(loop: Loop, path: Path, old: str, new: str) -> ev.CheckDone:
    text, start = path.read_text(), len(loop.events)
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))
    return await loop.checked(start)


async def test_a_valid_edit_is_taken_over(workspace: Path, declared: Path) -> None:
    async with running(workspace) as loop:
        generation = loop.board.generation
        done = await edit(loop, declared, INPUTS, 'inputs = ["arctic_short"]')
        assert done.verdict is Verdict.PASS and done.generation > generation
        assert list(loop.board.stages["flow.dit"].inputs) == ["arctic_short"]
        strict = await edit(loop, declared, PREFIX, STRICT)
        assert strict.verdict is Verdict.FAIL and strict.first
        assert (await edit(loop, declared, STRICT, HASTY)).verdict is Verdict.FAIL
        ended = [event for event in loop.events if isinstance(event, ev.StageDone)][-1]
        assert "no end within 0.001 s" in ended.reason
        assert (await edit(loop, declared, HASTY, PREFIX)).verdict is Verdict.PASS
        saved, _ = await loop.save("norm.rs", "EPS: f64 = 1e-6", "EPS: f64 = 1e-5")
        assert saved.verdict is Verdict.FAIL
        saved, _ = await loop.save("norm.rs", "EPS: f64 = 1e-5", "EPS: f64 = 1e-6")
        assert saved.verdict is Verdict.PASS


async def test_an_invalid_edit_is_one_sentence_and_the_old_session_stays(workspace: Path, declared: Path) -> None:
    async with running(workspace) as loop:
        text = declared.read_text()
        line = text[: text.index("prefix =")].count("\n") + 1
        for old, new, told in [
            ("prefix =", "prefixes =", f"{declared}:{line}: unknown key `prefixes` (did you mean `prefix`?)"),
            ("[native]", "[native", f"{declared}:9: not valid TOML"),
            ('[sizes.small]\nconfig = "small.json"', "", "there is no size `small`"),
        ]:
            start = len(loop.events)
            declared.write_text(text.replace(old, new, 1))
            notice = await loop.until(lambda event: isinstance(event, ev.Notice), start)
            assert isinstance(notice, ev.Notice) and notice.level == "error"
            assert told in notice.text and "the session stays as it was" in notice.text and "\n" not in notice.text
            start = len(loop.events)
            loop.engine.send(cmd.Recheck())
            done = await loop.checked(start)
            assert done.verdict is Verdict.PASS and done.counts == loop.board.check.counts
        start = len(loop.events)
        declared.write_text(text)
        assert (await loop.checked(start)).verdict is Verdict.PASS


async def test_an_edited_configuration_reaches_both_sides(workspace: Path, declared: Path) -> None:
    config = declared.parent / "small.json"
    declared.write_text(declared.read_text().replace(INPUTS, 'inputs = ["arctic_short"]'))
    async with running(workspace) as loop:
        start = len(loop.events)
        small = json.loads(config.read_text())
        config.write_text("{")
        notice = await loop.until(lambda event: isinstance(event, ev.Notice), start)
        assert isinstance(notice, ev.Notice) and f"{config}: the configuration cannot be read" in notice.text
        start = len(loop.events)
        small["flow"]["dit"]["depth"] = 2
        config.write_text(json.dumps(small))
        done = await loop.checked(start)
        assert done.verdict is Verdict.PASS
        assert not any(row.name.startswith("transformer_blocks.2") for row in loop.board.all_rows())
