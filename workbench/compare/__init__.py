"""Metrics (the Rust kernel), the floor and verdicts."""

from workbench.compare._kernel import Metrics, compare

__all__ = ["Metrics", "compare"]
