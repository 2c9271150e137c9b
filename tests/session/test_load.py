"""session.toml: what is wrong is said with file, line and the nearest valid name."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.model.errors import Exit, WorkbenchError
from workbench.session.lines import line_of
from workbench.session.load import Loaded, load

GOOD = """\
name = "tiny"
default_size = "small"

[native]
manifest = "Cargo.toml"
package = "tiny"

[sizes.small]
config = "small.json"

[checkpoints.flow]
synthetic = true

[stages."flow.dit"]
inputs = ["speech"]
weights = ["flow"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("Cargo.toml", "reference.py"):
        (tmp_path / name).touch()
    (tmp_path / "small.json").write_text('{"dim": 4}')
    return tmp_path


def loaded(folder: Path, text: str | bytes) -> Loaded:
    path = folder / "session.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load(path)


def test_a_stage_is_built_from_its_own_object(folder: Path) -> None:
    (folder / "small.json").write_text('{"flow": {"dit": {"dim": 4}, "depth": 2}}')
    text = GOOD + 'config = "flow.dit"\n'
    assert loaded(folder, text).stage_config("small", "flow.dit") == {"dim": 4}
    assert loaded(folder, GOOD).stage_config("small", "flow.dit") == {"flow": {"dit": {"dim": 4}, "depth": 2}}
    for wrong, clause in [("flow.dot", "no object `dot`"), ("flow.depth", "no object `depth`"), ("x", "no object `x`")]:
        with pytest.raises(WorkbenchError, match=rf"session.toml:17: there is {clause} in small.json"):
            loaded(folder, text.replace('config = "flow.dit"', f'config = "{wrong}"')).stage_config("small", "flow.dit")


def test_a_good_session_loads(folder: Path) -> None:
    session = loaded(folder, GOOD)
    assert session.session.stages["flow.dit"].factor.rms == 4.0
    assert session.config("small") == {"dim": 4}
    assert session.checkpoint_file("flow", "small") is None


@pytest.mark.parametrize(
    ("old", "new", "line", "clause"),
    [
        ('weights = ["flow"]', 'weight = ["flow"]', 16, "unknown key `weight` (did you mean `weights`?)"),
        ('inputs = ["speech"]', 'inputs = "speech"', 15, "Expected `array`, got `str`"),
        ('inputs = ["speech"]', "inputs = []", 15, "length >= 1"),
        ('weights = ["flow"]', 'weights = ["flaw"]', 16, "no checkpoint `flaw` (did you mean `flow`?)"),
        ('weights = ["flow"]', 'after = ["flow.dot"]', 16, "no stage `flow.dot` (did you mean `flow.dit`?)"),
        ('weights = ["flow"]', 'after = ["flow.dit"]', 16, "wait for each other: flow.dit → flow.dit"),
        ('weights = ["flow"]', "factor = { rms = 9.0 }", 16, "needs a `reason`"),
        ('weights = ["flow"]', "factor = { rms = 9.0, reason = ' ' }", 16, "needs a `reason`"),
        ('weights = ["flow"]', 'factors."a.*" = { max = 9.0 }', 16, "needs a `reason`"),
        ('weights = ["flow"]', 'layouts.y = "b t d -> b d"', 16, "is no layout"),
        ('weights = ["flow"]', "ranges.y = [2, 1]", 16, "2 is not below 1"),
        ('"small.json"', '"smal.json"', 9, "did you mean `small.json`?"),
        ('default_size = "small"', 'default_size = "smal"', 2, "did you mean `small`?"),
        ('package = "tiny"', "", 4, '`build = "cargo"` needs `package`'),
        ('name = "tiny"', "name = ", 1, "not valid TOML"),
        ("[native]", "[nativ]", 4, "unknown key `nativ` (did you mean `native`?)"),
    ],
)
def test_a_fault_names_its_line_and_the_nearest_name(folder: Path, old: str, new: str, line: int, clause: str) -> None:
    assert old in GOOD
    with pytest.raises(WorkbenchError) as caught:
        loaded(folder, GOOD.replace(old, new, 1))
    assert f"session.toml:{line}: " in str(caught.value)
    assert clause in str(caught.value)
    assert caught.value.exit_code is Exit.USAGE


def test_two_stages_that_wait_for_each_other_are_refused(folder: Path) -> None:
    cycle = '[stages.a]\ninputs=["x"]\nafter=["b"]\n[stages.b]\ninputs=["x"]\nafter=["a"]\n'
    with pytest.raises(WorkbenchError, match="wait for each other"):
        loaded(folder, GOOD + cycle)


def test_bytes_that_are_not_utf8_are_refused_with_their_line(folder: Path) -> None:
    with pytest.raises(WorkbenchError, match=r"session\.toml:3: not UTF-8"):
        loaded(folder, b'name = "x"\n\nbad = "\xff"\n')


def test_a_set_variable_that_leads_nowhere_does_not_fall_back(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = GOOD.replace("synthetic = true", 'synthetic = true\nfiles = ["$MODEL_DIR/flow.pt"]')
    monkeypatch.delenv("MODEL_DIR", raising=False)
    assert loaded(folder, text).checkpoint_file("flow", "small") is None
    monkeypatch.setenv("MODEL_DIR", str(folder / "nowhere"))
    with pytest.raises(WorkbenchError, match=r"nowhere/flow\.pt"):
        loaded(folder, text).checkpoint_file("flow", "small")
    (folder / "flow.pt").touch()
    monkeypatch.setenv("MODEL_DIR", str(folder))
    assert loaded(folder, text).checkpoint_file("flow", "small") == folder / "flow.pt"


def test_a_vendored_checkpoint_is_that_of_its_size_unless_a_variable_is_set(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = 'synthetic = true\nfiles = ["$MODEL_DIR/flow.pt"]\nvendored = { small = "tiny.safetensors" }'
    text = GOOD.replace("synthetic = true", given)
    monkeypatch.delenv("MODEL_DIR", raising=False)
    with pytest.raises(WorkbenchError, match=r"session\.toml:\d+: `tiny\.safetensors` is not a file"):
        loaded(folder, text)
    (folder / "tiny.safetensors").touch()
    assert loaded(folder, text).checkpoint_file("flow", "small") == folder / "tiny.safetensors"
    assert loaded(folder, text).checkpoint_file("flow", "full") is None
    monkeypatch.setenv("MODEL_DIR", str(folder / "nowhere"))
    with pytest.raises(WorkbenchError, match=r"nowhere/flow\.pt"):
        loaded(folder, text).checkpoint_file("flow", "small")
    with pytest.raises(WorkbenchError, match=r"there is no size `smal` \(did you mean `small`\?\)"):
        loaded(folder, text.replace("small = ", "smal = "))


KEYS = st.from_regex(r"[a-z][a-z0-9_-]{0,8}", fullmatch=True)


@given(st.lists(KEYS, min_size=2, max_size=6, unique=True), st.data())
def test_every_declared_key_is_found_in_its_line(keys: list[str], data: st.DataObject) -> None:
    lines, places = [], {}
    table = ""
    for key in keys:
        if data.draw(st.booleans()):
            table = f"t-{key}"
            lines.append(f'[outer."{table}.x"]')
        path = ("outer", f"{table}.x", key) if table else (key,)
        lines.append(f"{key} = 1")
        places[path] = len(lines)
    text = "\n".join(lines)
    for path, line in places.items():
        assert line_of(text, path) == line
