"""What goes wrong in a port besides numbers: it ends one stage's run, is told in a sentence, and nothing is lost."""

import asyncio
from pathlib import Path

import pytest

from tests.loop.driving import Loop, running
from workbench.model import events as ev
from workbench.model.verdict import Verdict

PLACE = "let hidden = self.project_in.forward(x)?;"

ACCIDENTS = [
    ("panic", 'assert!(x.rank() != 3, "planted {}", x.rank());', "planted 3"),
    ("abort", "if x.rank() == 3 { std::process::abort(); }", "aborted"),
    ("endless loop", "while x.rank() == 3 { std::hint::black_box(x); }", "no end within 15 s"),
    ("error", 'if x.rank() == 3 { candle_core::bail!("planted error"); }', "planted error"),
    ("wrong shape", "let x = &x.narrow(1, 0, 5)?;", "shape"),
]


@pytest.fixture
def impatient(workspace: Path) -> Path:
    """The workspace with a time limit that a test can wait for."""
    path = workspace / "sessions" / "cosyvoice3" / "session.toml"
    text = path.read_text()
    path.write_text(text.replace('[stages."flow.dit"]', '[stages."flow.dit"]\ntime_limit = 15'))
    yield workspace
    path.write_text(text)


def reasons(loop: Loop, start: int) -> list[ev.StageDone]:
    return [event for event in loop.events[start:] if isinstance(event, ev.StageDone)]


async def test_an_accident_is_the_verdict_of_its_stage(impatient: Path) -> None:
    async with running(impatient) as loop:
        for name, code, told in ACCIDENTS:
            start = len(loop.events)
            done, _ = await loop.save("feed_forward.rs", PLACE, f"{code}\n        {PLACE}")
            assert done.verdict is Verdict.FAIL, name
            ended = reasons(loop, start)
            assert len(ended) == 3, name
            assert any(told in f"{each.reason} {each.stderr}" for each in ended), (name, ended)
            done, _ = await loop.save("feed_forward.rs", f"{code}\n        ", "")
            assert done.verdict is Verdict.PASS, name


async def test_a_crate_that_does_not_compile_keeps_the_last_rows(workspace: Path) -> None:
    async with running(workspace) as loop:
        path, start = loop.sources / "block.rs", len(loop.events)
        text = path.read_text()
        path.write_text(text.replace("let m = self.attn_norm.forward(t)?;", "let m: u8 = self.attn_norm.forward(t)?;"))
        failed = await loop.until(lambda event: isinstance(event, ev.BuildFailed), start)
        wrong = [event.diagnostic for event in loop.events[start:] if isinstance(event, ev.DiagnosticReady)]
        assert any(
            diagnostic.level == "error" and diagnostic.file == "rust/cosyvoice3/src/flow/block.rs" and diagnostic.line
            for diagnostic in wrong
        ), wrong
        assert failed.generation == loop.board.generation
        rows = list(loop.board.all_rows())
        assert len(rows) > 200 and all(loop.board.is_stale(row) for row in rows)
        path.write_text(text)
        assert (await loop.checked(len(loop.events))).verdict is Verdict.PASS


async def test_three_saves_within_one_build_end_in_one_check_of_the_last(workspace: Path) -> None:
    async with running(workspace) as loop:
        path, start = loop.sources / "norm.rs", len(loop.events)
        text = path.read_text()
        for number in range(3):
            path.write_text(text.replace("1e-6;", f"1e-{number + 3};"))
            await loop.until(
                lambda event, number=number: isinstance(event, ev.BuildStarted) and event.generation > number + 1, start
            )
        done = await loop.checked(start)
        assert done.verdict is Verdict.FAIL
        started = [event for event in loop.events[start:] if isinstance(event, ev.BuildStarted)]
        cancelled = [event for event in loop.events[start:] if isinstance(event, ev.BuildCancelled)]
        assert len(started) == 3 and len(cancelled) == 2
        assert done.generation == loop.board.generation
        checks = [event for event in loop.events[start:] if isinstance(event, ev.CheckDone)]
        await asyncio.sleep(0.3)
        assert len(checks) == 1
        path.write_text(text)
        assert (await loop.checked(len(loop.events))).verdict is Verdict.PASS
