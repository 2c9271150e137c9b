"""Which keys of a checkpoint are another stage's."""

from pathlib import Path

from tests.session.test_load import GOOD
from workbench.session.load import load

STAGES = """\
[stages."flow.embed"]
inputs = ["speech"]
weights = ["flow"]

[stages."flow.cfm"]
inputs = ["speech"]
weights = ["flow"]
prefix = "decoder."
untapped = ["estimator.*"]

[stages.hift]
inputs = ["speech"]
prefix = "decoder.other."
"""


def test_a_longer_prefix_of_the_same_checkpoint_is_elsewhere(tmp_path: Path) -> None:
    for name in ("Cargo.toml", "reference.py", "small.json"):
        (tmp_path / name).write_text("{}")
    text = GOOD.replace('weights = ["flow"]\n', 'weights = ["flow"]\nprefix = "decoder.estimator."\n') + STAGES
    (tmp_path / "session.toml").write_text(text)
    session = load(tmp_path / "session.toml").session
    assert set(session.elsewhere("flow.embed")) == {"decoder.", "decoder.estimator."}
    assert session.elsewhere("flow.cfm") == ("decoder.estimator.",)
    assert session.elsewhere("flow.dit") == ()
    assert session.elsewhere("hift") == ()


def test_a_stage_tells_what_it_taps(tmp_path: Path) -> None:
    for name in ("Cargo.toml", "reference.py", "small.json"):
        (tmp_path / name).write_text("{}")
    (tmp_path / "session.toml").write_text(GOOD + STAGES)
    stage = load(tmp_path / "session.toml").session.stages["flow.cfm"]
    assert [name for name in ("x_in", "estimator#3", "estimator.proj_out#3") if stage.taps(name)] == [
        "x_in",
        "estimator#3",
    ]
