"""From real saves to Edits."""

import asyncio
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from workbench.watch import vcs
from workbench.watch.settle import QUIET
from workbench.watch.watcher import Edit


def in_place(path: Path, text: str) -> None:
    with path.open("r+") as file:
        file.truncate()
        file.write(text[:3])
        file.flush()
        time.sleep(0.01)
        file.write(text[3:])


def rename(path: Path, text: str) -> None:
    scratch = path.with_name(f".{path.name}_tmp_1")
    scratch.write_text(text)
    scratch.replace(path)


def vim_backup(path: Path, text: str) -> None:
    (path.parent / "4913").write_text("")
    (path.parent / "4913").unlink()
    backup = path.with_name(path.name + "~")
    path.rename(backup)
    path.write_text(text)
    backup.unlink()


def emacs(path: Path, text: str) -> None:
    lock, auto = path.with_name(f".#{path.name}"), path.with_name(f"#{path.name}#")
    lock.symlink_to("me@host.1")
    auto.write_text(text)
    path.rename(path.with_name(path.name + "~"))
    path.write_text(text)
    auto.unlink()
    lock.unlink()


def moved_in(path: Path, text: str) -> None:
    scratch = path.parents[2] / "elsewhere"
    scratch.write_text(text)
    scratch.replace(path)


@pytest.mark.parametrize("save", [in_place, rename, vim_backup, emacs, moved_in])
async def test_each_way_to_save_is_one_edit(tree, save: Callable[[Path, str], None]):
    save(tree.root / "src/a.rs", f"saved by {save.__name__}")
    assert await tree.next() == Edit(changed=("src/a.rs",))
    await tree.silence()
    assert tree.states == ["settling"]


async def test_an_edit_comes_soon(tree):
    started = time.monotonic()
    tree.write("src/a.rs", "new")
    assert 0.9 * QUIET < (await tree.next_at())[0] - started < 0.4


async def test_saves_without_a_change_give_nothing(tree):
    (tree.root / "src/a.rs").touch()
    tree.write("src/b.rs", "src/b.rs")
    await tree.silence()
    assert tree.states == ["settling", "idle"]


async def test_scratch_files_do_not_even_settle(tree):
    tree.write(".gitignore", "*.tmp\n")
    await tree.silence()
    tree.states.clear()
    for name in (".a.rs.swp", "a.rs~", "#a.rs#", "4913", "x.tmp", ".a.rs_tmp_7"):
        tree.write(f"src/{name}", "x")
    (tree.root / "target").mkdir()
    await tree.silence()
    assert tree.states == []


async def test_several_files_in_a_burst_are_one_edit(tree):
    for step in range(6):
        tree.write(f"src/{'ab'[step % 2]}.rs", f"new {step}")
        await asyncio.sleep(0.01)
    tree.write("Cargo.toml", "new")
    assert await tree.next() == Edit(changed=("Cargo.toml", "src/a.rs", "src/b.rs"))
    await tree.silence()


async def test_a_burst_without_end_is_cut(tree):
    end = time.monotonic() + 1.2
    while time.monotonic() < end:
        tree.write("src/a.rs", str(time.monotonic()))
        await asyncio.sleep(0.02)
    assert len(tree.edits) >= 2


async def test_new_sources_and_removed_ones(tree):
    tree.write("src/deep/c.rs", "c")
    assert await tree.next() == Edit(changed=("src/deep/c.rs",), added=("src/deep/c.rs",))
    tree.write("src/notes.txt", "no source, and nobody reads it")
    await tree.silence(0.2)
    tree.write("src/deep/c.rs", "cc")
    assert await tree.next() == Edit(changed=("src/deep/c.rs",))
    (tree.root / "src/deep/c.rs").unlink()
    assert await tree.next() == Edit(changed=("src/deep/c.rs",), removed=("src/deep/c.rs",))


async def test_a_folder_that_is_moved_in(tree):
    other = tree.outside / "other"
    other.mkdir()
    (other / "c.rs").write_text("c")
    other.rename(tree.root / "src" / "other")
    assert (await tree.next()).added == ("src/other/c.rs",)
    tree.write("src/other/c.rs", "changed")
    assert (await tree.next()).changed == ("src/other/c.rs",)


async def test_settings_that_appear_count(tree):
    tree.write(".cargo/config.toml", "[build]")
    assert (await tree.next()).added == (".cargo/config.toml",)
    tree.write(".cargo/config.toml", "[term]")
    assert (await tree.next()).changed == (".cargo/config.toml",)


async def test_a_source_folder_may_go_and_come_again(tree):
    shutil.rmtree(tree.root / "src")
    assert (await tree.next()).removed == ("src/a.rs", "src/b.rs")
    tree.write("src/a.rs", "again")
    assert (await tree.next()).added == ("src/a.rs",)
    tree.write("src/a.rs", "and again")
    assert await tree.next() == Edit(changed=("src/a.rs",))


async def test_a_source_folder_that_is_swapped_for_another(tree):
    shutil.copytree(tree.root / "src", tree.root / "src2")
    (tree.root / "src2/a.rs").write_text("other")
    (tree.root / "src").rename(tree.root / "old")
    (tree.root / "src2").rename(tree.root / "src")
    assert (await tree.next()).changed == ("src/a.rs",)
    tree.write("src/b.rs", "heard")
    assert (await tree.next()).changed == ("src/b.rs",)


async def test_a_poke_skips_settling_and_forces(tree):
    started = time.monotonic()
    tree.watcher.poke()
    assert await tree.next() == Edit(forced=True)
    assert time.monotonic() - started < 0.05
    tree.write("src/a.rs", "new")
    tree.watcher.poke()
    assert await tree.next() == Edit(changed=("src/a.rs",), forced=True)
    await tree.silence()


async def test_a_pause_collects_and_a_poke_works_in_it(tree):
    tree.watcher.pause()
    tree.write("src/a.rs", "new")
    await tree.silence()
    tree.watcher.poke()
    assert await tree.next() == Edit(changed=("src/a.rs",), forced=True)
    tree.write("src/b.rs", "new")
    await tree.silence(0.2)
    tree.write("src/a.rs", "newer")
    tree.watcher.resume()
    assert await tree.next() == Edit(changed=("src/a.rs", "src/b.rs"))
    await tree.silence()


async def test_a_pause_while_settling_holds_too(tree):
    tree.write("src/a.rs", "new")
    for _ in range(100):
        if tree.states == ["settling"]:
            break
        await asyncio.sleep(0.002)
    tree.watcher.pause()
    await tree.silence()
    tree.watcher.resume()
    assert await tree.next() == Edit(changed=("src/a.rs",))


async def test_new_inputs_are_heard_and_late_ones_are_not_lost(tree):
    data = tree.write("data/weights.bin", "1")
    tree.inputs |= {data}
    await asyncio.sleep(0.1)
    tree.watcher.poke()
    await tree.next()
    await tree.watcher.update(tree.inputs, {tree.root / "src"})
    await tree.silence(0.2)
    tree.write("data/weights.bin", "2")
    assert (await tree.next()).changed == ("data/weights.bin",)
    late = tree.write("unwatched/late.bin", "written while the build ran")
    await tree.silence(0.2)
    await tree.watcher.update(tree.inputs | {late}, {tree.root / "src"})
    assert (await tree.next()).changed == ("unwatched/late.bin",)
    await tree.silence()


async def test_links_are_followed(tree):
    await tree.stop()
    shared, single = tree.outside / "shared", tree.outside / "single" / "a.rs"
    (tree.root / "src").rename(shared)
    (tree.root / "src").symlink_to(shared)
    single.parent.mkdir()
    (shared / "a.rs").rename(single)
    (shared / "a.rs").symlink_to(single)
    (shared / "deep").mkdir()
    tree.inputs.remove(tree.root / "src/b.rs")
    await tree.run()
    single.write_text("2")
    assert (await tree.next()).changed == ("src/a.rs",)
    (shared / "deep" / "new.rs").write_text("2")
    assert (await tree.next()).changed == ("src/deep/new.rs",)
    (shared / "b.rs").write_text("2")
    assert (await tree.next()).changed == ("src/b.rs",)


async def test_files_outside_the_workspace_keep_their_path(tree):
    shared = tree.outside / "shared.rs"
    shared.write_text("1")
    await tree.watcher.update(tree.inputs | {shared}, {tree.root / "src"})
    tree.edits.clear()
    await asyncio.sleep(0.2)
    tree.edits.clear()
    shared.write_text("2")
    assert (await tree.next()).changed == (str(shared),)


async def test_silence_is_looked_at_too(tree):
    await tree.stop()
    await tree.run(rescan=0.3)
    await asyncio.to_thread(tree.watcher._watches.stop)
    tree.write("src/a.rs", "an event that got lost")
    assert await tree.next() == Edit(changed=("src/a.rs",))
    assert tree.states == []


def git(root: Path, *words: str) -> None:
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@t", "-c", "init.defaultBranch=main", *words]
    subprocess.run(command, cwd=root, check=True, capture_output=True)


async def test_a_checkout_is_one_edit_after_git_is_done(tree):
    git(tree.root, "init")
    git(tree.root, "add", ".")
    git(tree.root, "commit", "-m", "one")
    git(tree.root, "checkout", "-b", "other")
    tree.write("src/a.rs", "other")
    tree.write("src/c.rs", "c")
    git(tree.root, "add", ".")
    git(tree.root, "commit", "-m", "two")
    await tree.stop()
    await tree.run()
    tree.edits.clear()
    started = time.monotonic()
    git(tree.root, "checkout", "main")
    edit = await tree.next()
    assert (edit.changed, edit.removed) == (("src/a.rs", "src/c.rs"), ("src/c.rs",))
    assert time.monotonic() - started > vcs.QUIET
    assert "vcs" in tree.states
    await tree.silence()
    started = time.monotonic()
    tree.write("src/a.rs", "a save")
    await tree.next()
    assert time.monotonic() - started < 0.4


async def test_a_locked_index_holds_and_is_never_touched(tree):
    git(tree.root, "init")
    await tree.stop()
    await tree.run()
    lock = tree.write(".git/index.lock", "")
    tree.write("src/a.rs", "half")
    await tree.silence(1.0)
    tree.write("src/b.rs", "the other half")
    lock.unlink()
    assert (await tree.next()).changed == ("src/a.rs", "src/b.rs")


async def test_a_lock_that_stays_is_given_up_on_once(tree, monkeypatch):
    monkeypatch.setattr(vcs, "PATIENCE", 0.7)
    git(tree.root, "init")
    await tree.stop()
    await tree.run()
    lock = tree.write(".git/index.lock", "")
    tree.write("src/a.rs", "one")
    assert (await tree.next()).changed == ("src/a.rs",)
    assert "index.lock" in tree.notices[0].text and lock.exists()
    started = time.monotonic()
    tree.write("src/a.rs", "two")
    await tree.next()
    assert time.monotonic() - started < 0.4
    assert len(tree.notices) == 1


async def test_very_many_files_wait_for_quiet(tree):
    started = time.monotonic()
    for index in range(vcs.MANY + 1):
        tree.write(f"src/many{index}.rs", "x")
    assert len((await tree.next()).added) == vcs.MANY + 1
    assert time.monotonic() - started > vcs.QUIET
    await tree.silence()


async def test_polling_when_asked(tree):
    await tree.stop()
    await tree.run(polling=True)
    assert "every second" in tree.notices[0].text
    tree.write("src/a.rs", "new")
    assert await tree.next() == Edit(changed=("src/a.rs",))


SPENT = """
import asyncio, sys
from pathlib import Path
from workbench.watch.watcher import Watcher

async def main():
    root, said = Path(sys.argv[1]), []
    async with Watcher(root, emit=said.append) as watcher:
        await watcher.update({root / "Cargo.toml"}, {root / "src"})
        print(said[0].text)
        asyncio.get_running_loop().call_later(0.1, (root / "src/a.rs").write_text, "new")
        print(await anext(watcher.changes()))

asyncio.run(main())
"""


@pytest.mark.parametrize("limit", ["max_inotify_instances", "max_inotify_watches"])
def test_polling_when_the_kernels_limits_are_spent(tmp_path, limit: str):
    for name in ("Cargo.toml", "src/a.rs"):
        (tmp_path / "work" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "work" / name).write_text(name)
    script = f"echo 0 > /proc/sys/user/{limit} && exec {sys.executable} -c '{SPENT}' {tmp_path / 'work'}"
    command = ["unshare", "--user", "--map-root-user", "sh", "-c", script]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    if "unshare" in done.stderr or "/proc/sys/user" in done.stderr:
        pytest.skip(f"no namespace here: {done.stderr.strip()}")
    assert "every second" in done.stdout
    assert "changed=('src/a.rs',)" in done.stdout


async def test_no_thread_is_left(tree):
    await tree.stop()
    before = watching()
    await tree.run()
    assert watching() > before
    await tree.stop()
    assert watching() == before


def watching() -> set[int]:
    """Threads that are not the pool of `to_thread`."""
    return {thread.ident for thread in threading.enumerate() if not thread.name.startswith("asyncio_")}
