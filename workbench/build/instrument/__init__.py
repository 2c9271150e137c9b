"""Builds a candle port, untouched, against a candle-nn whose layers call a sink."""

from workbench.build.instrument.instrument import Instrumented, Plain, instrument

__all__ = ["Instrumented", "Plain", "instrument"]
