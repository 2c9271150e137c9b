"""Kept builds: numbers, pruning, neighbours, full disks."""

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from workbench.build.store import Store
from workbench.model.build import Build
from workbench.model.errors import WorkbenchError


@pytest.fixture
def artifact(tmp_path: Path) -> Path:
    return tmp_path / "libport.so"


def put(store: Store, artifact: Path, content: str) -> Build:
    artifact.write_text(content)
    return store.put(artifact, profile="dev", seconds=0.5, layers=True, plain_reason="")


def test_content_is_kept_and_numbered(tmp_path: Path, artifact: Path):
    store = Store(tmp_path / "builds")
    first, second = put(store, artifact, "one"), put(store, artifact, "two")
    assert (first.number, second.number, second.fresh) == (1, 2, False)
    assert Path(first.artifact).read_text() == "one"
    assert Path(first.artifact).parent.name == first.id
    assert [build.id for build in store.builds()] == [second.id, first.id]


def test_the_same_content_keeps_its_number_and_becomes_the_newest(tmp_path: Path, artifact: Path):
    store = Store(tmp_path / "builds")
    first = put(store, artifact, "one")
    put(store, artifact, "two")
    again = put(store, artifact, "one")
    assert (again.number, again.fresh) == (first.number, True)
    assert store.newest().id == first.id
    assert put(store, artifact, "three").number == 3


def test_numbers_rise_over_restarts_and_deletions(tmp_path: Path, artifact: Path):
    put(Store(tmp_path / "builds"), artifact, "one")
    newest = put(Store(tmp_path / "builds"), artifact, "two")
    shutil.rmtree(Path(newest.artifact).parent)
    store = Store(tmp_path / "builds")
    assert put(store, artifact, "three").number == 3
    shutil.rmtree(tmp_path / "builds")
    assert put(store, artifact, "four").number == 4


def test_a_moved_folder_is_read(tmp_path: Path, artifact: Path):
    put(Store(tmp_path / "builds"), artifact, "one")
    (tmp_path / "builds").rename(tmp_path / "elsewhere")
    assert Path(Store(tmp_path / "elsewhere").newest().artifact).read_text() == "one"


def test_the_oldest_go_but_never_a_pinned_one(tmp_path: Path, artifact: Path):
    store = Store(tmp_path / "builds", keep=2)
    builds = [put(store, artifact, "0")]
    store.pin(builds[0])
    builds += [put(store, artifact, str(index)) for index in range(1, 5)]
    assert [build.number for build in store.builds()] == [5, 4, 1]
    store.pin(builds[0], on=False)
    put(store, artifact, "5")
    assert [build.number for build in store.builds()] == [6, 5]


def test_a_build_is_found_by_number_or_hash(tmp_path: Path, artifact: Path):
    store = Store(tmp_path / "builds")
    first, second = put(store, artifact, "one"), put(store, artifact, "two")
    assert store.find("#2").id == second.id
    assert store.find(first.id[:6]).id == first.id
    assert store.find("nothing") is None


def test_what_is_half_there_is_no_build(tmp_path: Path, artifact: Path):
    store = Store(tmp_path / "builds")
    whole, cut, torn = (put(store, artifact, text) for text in ("one", "two", "three"))
    Path(cut.artifact).write_bytes(b"")
    (Path(torn.artifact).parent / "build.json").write_text("{")
    assert [build.id for build in store.builds()] == [whole.id]
    assert put(store, artifact, "two").number > 3
    assert Path(cut.artifact).read_text() == "two"


WRITER = """
import sys
from pathlib import Path
from workbench.build.store import Store
store, artifact = Store(Path(sys.argv[1])), Path(sys.argv[2])
for index in range(20):
    artifact.write_text(f"{artifact} {index}")
    print(store.put(artifact, profile="dev", seconds=0, layers=False, plain_reason="").number)
"""


def test_two_workbenches_share_one_folder(tmp_path: Path):
    root = Path(__file__).parents[2]
    commands = [[sys.executable, "-c", WRITER, tmp_path / "builds", tmp_path / f"lib{name}.so"] for name in "ab"]
    running = [subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) for command in commands]
    numbers = [int(number) for writer in running for number in writer.communicate()[0].split()]
    assert sorted(numbers) == list(range(1, 41))
    assert len(Store(tmp_path / "builds").builds()) == 40


@pytest.fixture
def small_files() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_failing_write_leaves_nothing_behind(tmp_path: Path, artifact: Path, request: pytest.FixtureRequest):
    store = Store(tmp_path / "builds")
    put(store, artifact, "good")
    artifact.write_bytes(os.urandom(3_000_000))
    request.getfixturevalue("small_files")
    with pytest.raises(WorkbenchError, match="could not be kept"):
        store.put(artifact, profile="dev", seconds=0, layers=False, plain_reason="")
    assert [build.number for build in store.builds()] == [1]
    assert len(list((tmp_path / "builds").glob("*/*"))) == 2
    assert not list((tmp_path / "builds").glob(".new-*"))


FULL = """
import sys
from pathlib import Path
from workbench.build.store import Store
store, artifact = Store(Path(sys.argv[1]) / "builds"), Path(sys.argv[2])
try:
    store.put(artifact, profile="dev", seconds=0, layers=False, plain_reason="")
except Exception as error:
    print(type(error).__name__, error, sorted(path.name for path in store.folder.iterdir()))
"""


def test_a_full_disk_is_a_sentence(tmp_path: Path, artifact: Path):
    artifact.write_bytes(os.urandom(3_000_000))
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = f"mount -t tmpfs -o size=1m none {disk} && exec {sys.executable} -c '{FULL}' {disk} {artifact}"
    command = ["unshare", "--mount", "--map-root-user", "sh", "-c", mounted]
    done = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no private mount here: {done.stderr.strip()}")
    assert done.stdout.startswith("WorkbenchError The disk is full")
    assert "['lock']" in done.stdout
