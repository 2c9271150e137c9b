"""After a failing check the cause of the first wrong row is searched, proved and told; a save ends the search."""

from pathlib import Path

from tests.loop.driving import Loop, running
from workbench.model import commands as cmd
from workbench.model import events as ev
from workbench.model.verdict import Verdict

FACTOR = 4
EDITS = [
    ("feed_forward.rs", "hidden.gelu()?", "hidden.gelu_erf()?", "activation", "gelu"),
    ("norm.rs", "EPS: f64 = 1e-6", "EPS: f64 = 1e-5", "norm eps", "eps 1e-05 for 1e-06"),
]


async def explained(loop: Loop, start: int) -> ev.Explained:
    found = await loop.until(lambda event: isinstance(event, ev.Explained | ev.Broken), start)
    assert isinstance(found, ev.Explained), found
    return found


async def test_an_edit_is_explained_in_words_with_its_proof_and_the_references_line(brief: Path) -> None:
    async with running(brief) as loop:
        for file, old, new, family, word in EDITS:
            start = len(loop.events)
            done, _ = await loop.save(file, old, new)
            found = await explained(loop, start)
            cause = found.explanation.cause
            assert done.first and found.row.key == done.first.key and found.generation == done.generation
            assert cause, found
            assert cause.family == family and word in cause.words.lower(), cause
            assert cause.before.rms > FACTOR >= cause.after.rms and cause.after.max <= 2 * FACTOR, cause
            assert cause.python and cause.python.file.startswith("sessions/cosyvoice3/"), cause
            assert (brief / cause.python.file).exists() and cause.python.last > 0
            assert cause.rust == found.row.source, cause
            assert loop.board.causes[found.row.key][0] == cause
            done, _ = await loop.save(file, new, old)
            assert done.verdict is Verdict.PASS and not loop.board.causes


async def test_a_save_ends_the_search_and_the_worker_goes_on(brief: Path) -> None:
    file, old, new, family, _ = EDITS[0]
    async with running(brief) as loop:
        begun = len(loop.events)
        path = loop.sources / file
        text = path.read_text()
        path.write_text(text.replace(old, new))
        started = await loop.until(lambda event: isinstance(event, ev.ExplainStarted), begun)
        start = len(loop.events)
        path.write_text(text)
        assert (await loop.checked(start)).verdict is Verdict.PASS
        assert not any(isinstance(event, ev.Explained) for event in loop.events[begun:])
        assert loop.board.explaining is None and not loop.board.causes
        late = loop.events[start:]
        assert all(event.generation == started.generation for event in late if isinstance(event, ev.CauseFound))
        start = len(loop.events)
        await loop.save(file, old, new)
        cause = (await explained(loop, start)).explanation.cause
        assert cause and cause.family == family
        path.write_text(text)
        await loop.checked(len(loop.events))


async def test_a_row_is_exported_once_beside_the_captures_and_explained_when_asked(brief: Path) -> None:
    file, old, new, _, word = EDITS[0]
    async with running(brief) as loop:
        start = len(loop.events)
        await loop.save(file, old, new)
        row = (await explained(loop, start)).row
        loop.engine.send(cmd.Export(row))
        made = await loop.until(lambda event: isinstance(event, ev.Exported), start)
        assert isinstance(made, ev.Exported)
        folder = Path(made.folder)
        assert folder.parent == brief / "home" / "reproductions" / "cosyvoice3"
        assert word in (folder / "README.txt").read_text().lower()
        loop.engine.send(cmd.Export(row))
        said = await loop.until(lambda event: isinstance(event, ev.Notice) and "exists already" in event.text, start)
        assert str(folder) in said.text and list(folder.parent.iterdir()) == [folder]
        start = len(loop.events)
        loop.engine.send(cmd.Explain(row))
        await loop.until(lambda event: isinstance(event, ev.Ranked), start)
        assert (await explained(loop, start)).row.key == row.key and loop.board.what_if[row.key].output == "velocity"
        await loop.save(file, new, old)


async def test_mending_a_late_row_leaves_what_it_inherits(brief: Path) -> None:
    early = ("time_embed.rs", "(t * 1000.0)?", "(t * 100.0)?")
    late = (
        "ada_norm_final.rs",
        "modulate(&layer_norm(x)?, shift, scale)",
        "modulate(&layer_norm(x)?, shift, scale)? * 1.001",
    )
    async with running(brief) as loop:
        await loop.save(*early)
        start = len(loop.events)
        done, _ = await loop.save(*late)
        assert done.first and done.first.name == "time_embed.time_embed"
        loop.engine.send(cmd.Explain(done.first))
        ranked = await loop.until(lambda event: isinstance(event, ev.Ranked), start)
        assert isinstance(ranked, ev.Ranked)
        left = {each.tap: each for each in ranked.what_if}
        assert left["time_embed.time_embed"].then < 0.1 * left["time_embed.time_embed"].now
        assert left["norm_out"].then > 0.9 * left["norm_out"].now
        assert ranked.what_if[0].tap == "time_embed.time_embed"
        for file, old, new in (early, late):
            await loop.save(file, new, old)
