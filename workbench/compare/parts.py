"""Metrics of a tensor that is compared part by part, in memory that does not grow with it."""

from dataclasses import dataclass
from math import isfinite, sqrt

from workbench.compare.floor import UNBOUNDED, Noise
from workbench.compare.metrics import Metrics


@dataclass
class Total:
    """What the parts so far add up to; errors are absolute, as in `Metrics`."""

    count: int = 0
    compared: int = 0
    differing: int = 0
    nonfinite: int = 0
    squares: float = 0.0
    expected_squares: float = 0.0
    max_abs: float = 0.0
    expected_max: float = 0.0
    worst: int = 0
    worst_actual: float = 0.0
    worst_expected: float = 0.0

    def add(self, part: Metrics) -> None:
        """Add the metrics of the next part, a flat one."""
        self.squares += part.rms**2 * part.compared
        self.expected_squares += part.expected_rms**2 * part.compared
        if part.worst_index and (part.max_abs > self.max_abs or not self.compared):
            self.worst, self.max_abs = self.count + part.worst_index[0], part.max_abs
            self.worst_actual, self.worst_expected = part.worst_actual, part.worst_expected
        self.expected_max = max(self.expected_max, part.expected_max)
        self.count += part.count
        self.compared += part.compared
        self.differing += part.differing
        self.nonfinite += part.nonfinite_mismatch

    @property
    def rms(self) -> float:
        """Root mean square of the error."""
        return sqrt(self.squares / self.compared) if self.compared else 0.0

    @property
    def expected_rms(self) -> float:
        """Root mean square of the expectation."""
        return sqrt(self.expected_squares / self.compared) if self.compared else 0.0

    def relative(self, error: float) -> float:
        """Return an error over the rms of the expectation."""
        if error == 0.0:
            return 0.0
        relative = error / self.expected_rms if self.expected_rms else UNBOUNDED
        return min(relative, UNBOUNDED) if isfinite(relative) else UNBOUNDED

    def noise(self, noise: "Total") -> Noise:
        """Return the floor's ingredients, this being the total against the exact tensor."""
        return Noise(rms=self.expected_rms, max=self.expected_max, noise_rms=noise.rms, noise_max=noise.max_abs)
