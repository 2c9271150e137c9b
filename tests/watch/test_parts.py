"""The pure parts of watching."""

import os
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.watch.fingerprint import Changes, Fingerprint
from workbench.watch.ignore import Ignore
from workbench.watch.settle import CEILING, QUIET, Settle


@given(st.lists(st.floats(0.0, 0.2), max_size=20))
def test_a_burst_ends_after_quiet_and_never_after_the_ceiling(gaps: list[float]):
    burst, now = Settle(0.0, 0.0), 0.0
    for gap in gaps:
        if gap >= burst.remaining(now):
            break
        now += gap
        burst.event(now)
    end = now + burst.remaining(now)
    assert end <= CEILING
    assert end == pytest.approx(min(now + QUIET, CEILING))


@pytest.mark.parametrize(
    "name", ["target/x.rs", ".git/HEAD", "src/a.rs~", "src/#a#", "src/.#a", "a.swp", "4913", ".a_tmp_1"]
)
def test_hard_defaults(tmp_path: Path, name: str):
    assert Ignore(tmp_path)(tmp_path / name)


def test_a_folder_named_target_above_the_workspace_is_nothing_special():
    root = Path("/home/u/target/work")
    assert not Ignore(root)(root / "src/a.rs")


def test_gitignore_files_and_the_deepest_decides(tmp_path: Path):
    (tmp_path / "src").mkdir()
    (tmp_path / ".gitignore").write_text("*.gen.rs\n")
    ignored = Ignore(tmp_path)
    assert ignored(tmp_path / "src/a.gen.rs") and not ignored(tmp_path / "src/a.rs")
    (tmp_path / "src/.gitignore").write_text("!keep.gen.rs\n")
    assert not ignored(tmp_path / "src/keep.gen.rs") and ignored(tmp_path / "src/a.gen.rs")
    (tmp_path / ".gitignore").write_text("nothing\n")
    os.utime(tmp_path / ".gitignore", ns=(1, 1))
    assert not ignored(tmp_path / "src/a.gen.rs")


def test_the_content_decides_not_the_time(tmp_path: Path):
    file = tmp_path / "a"
    file.write_text("one")
    prints = Fingerprint()
    prints.adopt([file])
    os.utime(file)
    assert prints.compare([file]) == Changes()
    file.write_text("two")
    assert prints.compare([file]).changed == (file,)
    assert prints.compare([file]) == Changes()


def test_two_writes_within_one_tick_of_the_clock_are_seen(tmp_path: Path):
    file = tmp_path / "a"
    file.write_text("one")
    moment = file.stat().st_mtime_ns
    prints = Fingerprint()
    prints.adopt([file])
    file.write_text("two")
    os.utime(file, ns=(moment, moment))
    assert prints.compare([file]).changed == (file,)


def test_an_old_unmoved_file_is_not_read_again(tmp_path: Path):
    file = tmp_path / "a"
    file.write_text("one")
    past = time.time_ns() - 10**10
    os.utime(file, ns=(past, past))
    prints = Fingerprint()
    prints.adopt([file])
    file.write_text("two")
    os.utime(file, ns=(past, past))
    assert prints.compare([file]) == Changes()


def test_gone_and_back(tmp_path: Path):
    file = tmp_path / "a"
    prints = Fingerprint()
    prints.adopt([file])
    file.write_text("one")
    assert prints.compare([file]) == Changes((file,), (file,), ())
    file.unlink()
    assert prints.compare([]) == Changes((file,), (), (file,))
    assert prints.compare([]) == Changes()
