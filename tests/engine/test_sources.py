"""Which lines an edit touched, and whether they lie in a row's segment."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from workbench.engine.places import Places
from workbench.engine.sources import Edits, changed_lines, save, saved, snapshot

BEFORE = "fn a() {\n    one();\n    two();\n}\n"


def test_a_changed_line_is_found_in_its_file_only() -> None:
    edits = Edits.between({"a.rs": BEFORE, "b.rs": BEFORE}, {"a.rs": BEFORE.replace("two", "three"), "b.rs": BEFORE})
    assert edits.lines == {"a.rs": [3]}
    assert edits.within("a.rs", 2, 4) == 3
    assert edits.within("a.rs", 4, 9) == 0
    assert edits.within("b.rs", 1, 9) == 0
    places = Places(Path("/project/rust"), Path("/project"))
    assert [source.text for source in places.edited(edits)] == ["rust/a.rs:3"]
    assert places.source("a.rs", 4, 1, edits).text == "rust/a.rs:3"
    assert places.source("/elsewhere/b.rs", 4, 0, edits).text == "/elsewhere/b.rs:4"


def test_a_removed_line_is_where_it_was() -> None:
    assert changed_lines(BEFORE, BEFORE.replace("    one();\n", "")) == [2]


def test_a_new_file_is_edited_whole_and_no_baseline_means_nothing_is_known() -> None:
    assert Edits.between({"a.rs": BEFORE}, {"a.rs": BEFORE, "b.rs": "x\ny\n"}).lines == {"b.rs": [1, 2]}
    assert Edits.between({}, {"a.rs": BEFORE}).lines == {}


def test_snapshots_are_kept_beside_the_build(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    source = tmp_path / "src" / "lib.rs"
    source.write_text(BEFORE)
    texts = snapshot([source, tmp_path / "Cargo.toml", Path("/elsewhere/x.rs")], tmp_path)
    assert texts == {"src/lib.rs": BEFORE}
    save(texts, tmp_path)
    assert saved(tmp_path) == texts
    assert saved(tmp_path / "none") == {}


lines = st.lists(st.sampled_from(["a", "b", "c", "d"]), max_size=12)


@given(lines, lines)
def test_equal_texts_have_no_changes_and_different_ones_some(before: list[str], after: list[str]) -> None:
    changed = changed_lines("\n".join(before), "\n".join(after))
    assert bool(changed) == (before != after)
    assert all(1 <= line <= len(after) + 1 for line in changed)
