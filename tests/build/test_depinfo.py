"""Dep-info: paths survive, whatever stands in them."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from workbench.build import depinfo

paths = st.text(
    st.characters(codec="utf-8", exclude_characters="\n\r\\\0\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"), min_size=1
)


def written(output: str, inputs: list[str]) -> str:
    return f"{output.replace(' ', chr(92) + ' ')}:" + "".join(f" {path.replace(' ', chr(92) + ' ')}" for path in inputs)


@given(paths, st.lists(paths))
def test_what_cargo_writes_is_read(output: str, inputs: list[str]):
    output, inputs = f"/t/{output}.so", [f"/s/{path}.rs" for path in inputs]
    assert depinfo.parse(written(output, inputs) + "\n") == set(inputs)


def test_several_outputs_and_comments():
    text = "/t/liba.so: /s/a.rs /s/my\\ b.rs\n\n/t/liba.rlib: /s/a.rs /s/c.rs\n# env-dep:X=/y: z\n"
    assert depinfo.parse(text) == {"/s/a.rs", "/s/my b.rs", "/s/c.rs"}


def test_relative_paths_are_the_workspaces(tmp_path: Path):
    (tmp_path / "liba.d").write_text("liba.so: src/lib.rs /abs.rs\n")
    assert depinfo.of(tmp_path / "liba.so", tmp_path) == {tmp_path / "src/lib.rs", Path("/abs.rs")}


def test_no_file_is_no_inputs(tmp_path: Path):
    assert depinfo.of(tmp_path / "liba.so", tmp_path) == frozenset()
