"""The folder with everything that is kept is deleted under the running loop; the next save makes it anew."""

import shutil
from pathlib import Path

from tests.loop.driving import running
from workbench.model import commands as cmd
from workbench.model import events as ev
from workbench.model.events import decode
from workbench.model.verdict import Verdict

GOOD, BAD = "EPS: f64 = 1e-6", "EPS: f64 = 1e-5"


async def test_a_deleted_home_is_made_again(brief: Path) -> None:
    home = brief / "home"
    async with running(brief) as loop:
        shutil.rmtree(home)
        done, _ = await loop.save("norm.rs", GOOD, BAD)
        assert done.verdict is Verdict.FAIL and done.first and done.first.name == "transformer_blocks.0.attn_norm.0"
        for folder in ("captures", "builds/cosyvoice3", "history.sqlite"):
            assert (home / folder).exists(), folder
        shutil.rmtree(home)
        start = len(loop.events)
        loop.engine.send(cmd.Recheck())
        assert (await loop.checked(start)).verdict is Verdict.FAIL
        done, _ = await loop.save("norm.rs", BAD, GOOD)
        assert done.verdict is Verdict.PASS
        assert not any(isinstance(event, ev.Broken) for event in loop.events)
    (log,) = (home / "events").glob("*.ndjson")
    assert any(isinstance(decode(line), ev.CheckDone) for line in log.read_bytes().splitlines())
