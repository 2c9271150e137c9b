"""The last check, judged again: without cargo, without the artifact, by the session as it is by then."""

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.driving import run
from workbench.engine.home import home_of
from workbench.model.events import CheckDone, RowReady, decode

STRICT = 'factor = { rms = 0.01, max = 0.01, reason = "a test" }\nprefix ='


def told(stdout: str) -> tuple[dict[str, dict[str, object]], CheckDone]:
    events = [decode(line) for line in stdout.splitlines()]
    rows = [event.row for event in events if isinstance(event, RowReady)]
    (done,) = (event for event in events if isinstance(event, CheckDone))
    facts = {row.name: {"verdict": row.verdict, "local": row.local, "accumulated": row.accumulated} for row in rows}
    return facts, done


def test_the_last_check_is_judged_by_the_session_as_it_is_now(brief: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checked = run("check", "--json", cwd=brief)
    assert checked.returncode == 0, checked.stderr
    shutil.rmtree(home_of(brief / "sessions" / "cosyvoice3", "cosyvoice3").builds)
    monkeypatch.setenv("PATH", "/nowhere")
    again = run("judge", "--json", cwd=brief)
    assert again.returncode == 0, again.stderr
    assert told(again.stdout) == (told(checked.stdout)[0], told(again.stdout)[1])
    assert told(again.stdout)[1].counts == told(checked.stdout)[1].counts

    declared = brief / "sessions" / "cosyvoice3" / "session.toml"
    text = declared.read_text()
    try:
        declared.write_text(text.replace("prefix =", STRICT, 1))
        strict = run("judge", "--json", cwd=brief)
    finally:
        declared.write_text(text)
    assert strict.returncode == 1 and told(strict.stdout)[1].first
    assert json.loads(strict.stdout.splitlines()[-1])["event"]


def test_without_a_result_it_says_what_to_do(brief: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    done = run("judge", cwd=brief)
    assert done.returncode == 2 and "no check left a result to judge: run `workbench check` once" in done.stderr
