"""The faults of `make bench-faults` fit the sources, their answers fit the stage, and the workbench reads neither."""

from collections.abc import Callable
from typing import Any

import pytest
from torch import Tensor

from benchmarks.faults.fault import FLOW, Answer, answers, faults, sources_in
from tests.workspace import REPOSITORY
from workbench.model.cause import Cause, CauseKind, Remaining


@pytest.mark.parametrize("name", faults())
def test_every_fault_edits_a_text_that_stands_there_once(name: str) -> None:
    fault = faults()[name]
    texts = fault.applied(sources_in(REPOSITORY / FLOW))
    changed = {path.name for path, text in texts.items() if path.read_text() != text}
    assert changed == {edit.file for edit in fault.edits}


def test_every_fault_has_an_answer_at_a_tap_of_the_stage(
    checkpoint: dict[str, Tensor], flow_dit: Any, small: dict[str, int], recorded: Callable[..., dict[str, Tensor]]
) -> None:
    key = answers()
    assert list(key) == list(faults())
    taps = recorded(flow_dit.build(checkpoint, small), flow_dit.inputs("arctic_short", small))
    assert {answer.tap for answer in key.values()} <= set(taps)


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
