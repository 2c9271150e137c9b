"""Decorators and taps outside a run."""

from __future__ import annotations

import pytest

from workbench.reference import checkpoint, stage, tap
from workbench.reference.declare import collecting


class Whole:
    def build(self, weights, config): ...

    def inputs(self, name, config): ...

    def run(self, module, inputs): ...


def test_a_tap_outside_a_run_returns_its_argument():
    something = object()
    assert tap("name", something) is something


def test_declarations_are_collected_in_order():
    with collecting() as registry:
        assert stage("b")(Whole) is Whole
        stage("a")(Whole)
        checkpoint("w")(print)
    assert list(registry.stages) == ["b", "a"]
    assert registry.checkpoints == {"w": print}
    with collecting() as other:
        assert other.stages == {}


def test_a_class_without_its_methods_is_refused():
    with pytest.raises(TypeError, match=r"stage 'a': class object has no build\(\), inputs\(\), run\(\)"):
        stage("a")(object)


def test_a_name_is_needed_and_may_be_taken_once():
    with collecting():
        stage("a")(Whole)
        with pytest.raises(ValueError, match="stage 'a' is declared twice"):
            stage("a")(Whole)
        with pytest.raises(ValueError, match="a checkpoint needs a name, as in @checkpoint"):
            checkpoint("")(print)
        with pytest.raises(ValueError, match="a stage needs a name"):
            stage(Whole)(Whole)
