"""The reference side: hooks, captures, float64, injection.

Runs under the reference's own interpreter (Python 3.9 or newer), where only numpy, safetensors and torch are at hand.
"""

from workbench.reference.declare import checkpoint, stage, tap

__all__ = ["checkpoint", "stage", "tap"]
