"""A session.toml that cannot be used: every command names file, line and what to do, and begins nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.driving import SESSION, kept, one_sentence, run

FAULTS = [
    ("not UTF-8", b'name = "cosyvoice3"', 'name = "cosyvoice\xe9"'.encode("latin-1"), "not UTF-8"),
    ("malformed", b"[reference]", b"[reference", "not valid TOML"),
    ("unknown key", b"package =", b"pakage =", "did you mean `package`?"),
    ("unknown key of a stage", b"prefix =", b"prefixes =", "did you mean `prefix`?"),
    ("wrong type", b"seed = 1986", b'seed = "1986"', "Expected `int`"),
    ("a checkpoint that is not there", b'weights = ["flow"]', b'weights = ["flov"]', "did you mean `flow`?"),
    ("empty", None, b"", "name"),
]


@contextmanager
def faulty(workspace: Path, old: bytes | None, new: bytes) -> Iterator[Path]:
    path = workspace / SESSION
    content = path.read_bytes()
    path.write_bytes(new if old is None else content.replace(old, new, 1))
    try:
        yield path
    finally:
        path.write_bytes(content)


@pytest.mark.parametrize(("old", "new", "said"), [fault[1:] for fault in FAULTS], ids=[f[0] for f in FAULTS])
def test_a_faulty_session_is_named_with_its_line(workspace: Path, old: bytes | None, new: bytes, said: str) -> None:
    before, text = kept(workspace), (workspace / SESSION).read_bytes()
    line = text[: text.index(old or b"")].count(b"\n") + 1
    with faulty(workspace, old, new) as path:
        done = run("check", cwd=workspace)
    assert done.returncode == 2
    sentence = one_sentence(done)
    assert f"{path}:{line}: " in sentence and said in sentence
    assert kept(workspace).keys() == before.keys()


def test_every_command_says_so(workspace: Path) -> None:
    with faulty(workspace, b"package =", b"pakage =") as path:
        for arguments in (["watch"], ["capture", "cosyvoice3"], [], ["clean"], ["cargo", "--", "check"]):
            done = run(*arguments, cwd=workspace)
            assert done.returncode == 2
            assert f"{path}:11: unknown key `pakage` (did you mean `package`?)" in one_sentence(done)
        doctor = run("doctor", cwd=workspace)
    assert doctor.returncode == 2
    assert "● cargo" in doctor.stdout and "✗ session" in doctor.stdout and f"{path}:11: " in doctor.stdout
