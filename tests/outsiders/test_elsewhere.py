"""A session outside of every repository, in a path with spaces and letters beyond ASCII, on read-only sources."""

from pathlib import Path

from tests.cli.driving import kept
from tests.outsiders.conftest import Project


def test_a_session_far_from_a_read_only_tree(project: Project, tmp_path: Path) -> None:
    theirs = tmp_path / "ihre Quellen – größer" / "rust"
    theirs.parent.mkdir()
    (project.root / "rust").rename(theirs)
    mine = tmp_path / "meine Sitzung für Ωmega"
    project.session.rename(mine)
    session = mine / "session.toml"
    session.write_text(session.read_text().replace("../../rust/Cargo.toml", f"../{theirs.parent.name}/rust/Cargo.toml"))
    files = [theirs, *theirs.rglob("*")]
    for path in files:
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = kept(theirs)
    try:
        checked = Project(tmp_path, mine).check()
        assert checked.code == 0, checked.stderr
        row = checked.rows("block", "noise")["norm"]
        assert row.local and row.source.file.endswith("src/lib.rs")
        assert kept(theirs) == before
        assert {path.name for path in tmp_path.iterdir()} >= {mine.name, theirs.parent.name}
        assert (mine / ".workbench" / "history.sqlite").exists()
    finally:
        for path in files:
            path.chmod(0o755)
