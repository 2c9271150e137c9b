"""The faults of `make bench-faults` fit the sources, their answers fit the stage, and the workbench reads neither."""

from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from torch import Tensor

from benchmarks.faults.fault import Answer, answers, faults, sources_in
from benchmarks.faults.kept import Clean, Found, found
from benchmarks.faults.score import NOTHING, Score
from benchmarks.faults.stages import INPUTS
from benchmarks.faults.table import table
from tests.sessions.stages import SESSION, config_of, recorded, registry
from tests.workspace import REPOSITORY
from workbench.model.cause import Cause, CauseKind, Remaining, Wording
from workbench.session.load import load


@pytest.mark.parametrize("name", faults())
def test_every_fault_edits_a_text_that_stands_there_once(name: str) -> None:
    fault = faults()[name]
    texts = fault.applied(REPOSITORY, sources_in(REPOSITORY))
    changed = {path for path, text in texts.items() if path.read_text() != text}
    assert changed == {REPOSITORY / edit.path for edit in fault.edits}


def test_every_fault_has_an_answer() -> None:
    assert list(answers()) == list(faults()) and {fault.stage for fault in faults().values()} <= set(INPUTS)


@pytest.mark.parametrize("stage", INPUTS)
def test_every_answer_is_a_tap_of_its_stage(stage: str) -> None:
    session = load(SESSION / "session.toml")
    area = session.session.stages[stage]
    config = session.stage_config("small", stage)
    weights = {key: each for name in area.weights for key, each in weights_of(name).items()}
    declared = registry().stages[stage]()
    taps = recorded(declared, declared.build(weights, config), declared.inputs(INPUTS[stage][0], config))
    assert {answers()[name].tap for name, fault in faults().items() if fault.stage == stage} <= set(taps)


def weights_of(checkpoint: str) -> dict[str, Tensor]:
    return dict(registry().checkpoints[checkpoint](config_of("small"), 1986))


def test_what_was_found_is_kept_and_what_is_asked_anew_replaces_its_line(tmp_path: Path) -> None:
    one = Score(
        "eps", "an eps", "flow.dit", True, "norm", 1, 1, True, "eps", 1.0, None, {"fixed": NOTHING}, {"fixed": False}
    )  # fmt: skip
    kept = Found({"flow.dit": Clean(3, 0, {"fixed": 1})}, {"eps": one})
    kept.keep(tmp_path / "faults.json")
    again = found(tmp_path / "faults.json")
    assert again == kept and found(tmp_path / "nothing.json") == Found()
    again.scores["eps"] = replace(one, place=0, named=1.4)
    page = table(list(again.scores.values()), again.clean, 20.0)
    assert "| flow.dit | an eps | ✓ | ✗ of 1 | eps | 1.0, 1.4 | – |" in page and "- **an eps**: `norm`, eps" in page


def test_the_workbench_knows_nothing_of_the_key() -> None:
    words = ("benchmarks.", "benchmarks/faults", "key.toml", "faults.toml")
    for path in (REPOSITORY / "workbench").rglob("*"):
        if path.suffix in {".py", ".rs", ".toml", ".json"}:
            assert not any(word in path.read_text() for word in words), path


def test_an_answer_is_family_words_and_number() -> None:
    def cause(family: str, words: str, value: float | None) -> Cause:
        return Cause(CauseKind.MUTATION, family, words, Remaining(9, 9), Remaining(1, 1), 5, value=value)

    answer = Answer("tap", "norm eps", ("1e-05 for 1e-06", "1e-05 for"), 1e-5)
    assert answer.names(cause("norm eps", "layer_norm eps 1e-05 for 1e-06 (all sites)", 1e-5))
    assert not answer.names(cause("offset", "layer_norm eps 1e-05 for 1e-06", 1e-5))
    assert not answer.names(cause("norm eps", "layer_norm eps 0.001 for 1e-06", 1e-5))
    assert not answer.names(cause("norm eps", "layer_norm eps 1e-05 for 1e-06", 1.1e-5))
    assert not answer.names(cause("norm eps", "layer_norm eps 1e-05 for 1e-06", None))
    said = Wording("norm eps", "layer_norm eps 1e-05 for 1e-06", 1e-5)
    assert answer.names(msgspec.structs.replace(cause("offset", "add of 1e-05", None), also=(said,)))
