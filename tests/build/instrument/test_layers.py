"""Every known candle has every place that is to be changed; one that has not is refused by name."""

from typing import Any

import pytest

from workbench.build.instrument.layers import instrument_core, instrument_nn
from workbench.build.instrument.patch import Sources, UnknownSource


def test_every_version_has_every_place(candles: Any) -> None:
    assert sorted(candles.versions) == ["0.10.0", "0.10.2", "0.11.0", "0.11.1", "0.8.0", "0.8.4", "0.9.1", "0.9.2"]
    for version in candles.versions:
        instrument_nn(Sources(candles.crate("candle-nn", version)), "")
        instrument_core(Sources(candles.crate("candle-core", version)))


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("linear.rs", "for Linear", "for Lin", ["`Lin`", "src/linear.rs"]),
        ("linear.rs", "fn new(", "fn make(", ["`fn new` of `Linear`", "src/linear.rs"]),
        ("rnn.rs", "fn states_to_tensor", "fn states", ["states_to_tensor", "LSTM", "src/rnn.rs"]),
        ("var_builder.rs", "pub fn get_unchecked_dtype", "fn get_unchecked_dtype", ["VarBuilderArgs"]),
        ("batch_norm.rs", "from_tensor(&running_mean)", "new(&running_mean)", ["BatchNorm", "src/batch_norm.rs"]),
        ("ops.rs", "impl Default for Identity", "impl Module for Fused", ["`Fused`", "src/ops.rs"]),
    ],
)
def test_a_layer_that_is_missing_or_new_is_named(candles: Any, file: str, old: str, new: str, words: list[str]) -> None:
    sources = Sources(candles.crate("candle-nn", "0.11.1"))
    sources[file] = sources[file].replace(old, new)
    with pytest.raises(UnknownSource) as refusal:
        instrument_nn(sources, "")
    assert all(word in str(refusal.value) for word in ("candle-nn-0.11.1", *words))


def test_a_missing_apply_is_named(candles: Any) -> None:
    sources = Sources(candles.crate("candle-core", "0.11.1"))
    sources["tensor.rs"] = sources["tensor.rs"].replace("pub fn apply<", "pub fn applied<")
    with pytest.raises(UnknownSource, match=r"`fn apply` of `Tensor` in src/tensor\.rs"):
        instrument_core(sources)
