"""The metrics kernel: every metric of two tensors from one pass over them, in Rust."""

from collections.abc import Sequence
from typing import Any, Self, TypeAlias, final

from numpy.typing import NDArray
from typing_extensions import Buffer

_Tensor: TypeAlias = Buffer | NDArray[Any]

LOWEST_EXPONENT: int
"""Exponent of the first bin of `Metrics.exponent_histogram`."""

HIGHEST_EXPONENT: int
"""Exponent of the last bin of `Metrics.exponent_histogram`."""

@final
class Metrics:
    """The metrics of one pair of tensors.

    a is the port's value, y = expected − noise the exact expectation, and e = (a − expected) + noise the error, all
    in float64 and in the tensor's own unit. Sums run over the n compared elements, those that are finite on every
    side; with n = 0 every metric is 0. Infinite results other than those named here come only from float64 tensors
    whose squares overflow, at about 1e150.
    """

    @property
    def count(self) -> int:
        """Elements of the tensor."""
    @property
    def compared(self) -> int:
        """n, the elements that are finite on every side."""
    @property
    def max_abs(self) -> float:
        """max |e|."""
    @property
    def mean_abs(self) -> float:
        """Σ|e| / n."""
    @property
    def rms(self) -> float:
        """√(Σe² / n)."""
    @property
    def bias(self) -> float:
        """Σe / n: above zero where the port is too large."""
    @property
    def expected_rms(self) -> float:
        """√(Σy² / n)."""
    @property
    def expected_max(self) -> float:
        """max |y|."""
    @property
    def expected_std(self) -> float:
        """√(Σ(y − mean y)² / n), the population's standard deviation; exactly 0 for a constant."""
    @property
    def actual_rms(self) -> float:
        """√(Σa² / n)."""
    @property
    def actual_std(self) -> float:
        """√(Σ(a − mean a)² / n)."""
    @property
    def relative_to_max(self) -> float:
        """max |e| / max |y|; where y is zero throughout, 0 if e is too and infinite otherwise."""
    @property
    def cosine(self) -> float:
        """Σay / √(Σa² · Σy²), within ±1; 0 where one side is zero throughout, 1 where both are."""
    @property
    def snr_db(self) -> float:
        """10 log₁₀(Σy² / Σe²) in dB; infinite where e is zero throughout, else minus infinite where y is."""
    @property
    def nan_actual(self) -> int:
        """NaN in actual."""
    @property
    def nan_expected(self) -> int:
        """NaN in expected."""
    @property
    def inf_actual(self) -> int:
        """Infinities of either sign in actual."""
    @property
    def inf_expected(self) -> int:
        """Infinities of either sign in expected."""
    @property
    def nonfinite_mismatch(self) -> int:
        """Elements where one of actual and expected is finite, NaN, +∞ or −∞ and the other is something else."""
    @property
    def first_nonfinite(self) -> int | None:
        """Flat index of the first element of actual that is NaN or infinite."""
    @property
    def worst_index(self) -> tuple[int, ...] | None:
        """Index per axis of the first element with |e| = max |e|; None where nothing was compared."""
    @property
    def worst_actual(self) -> float:
        """The port's value a at the worst index."""
    @property
    def worst_expected(self) -> float:
        """The exact expectation y at the worst index."""
    @property
    def differing(self) -> int:
        """Elements where actual and expected, without the noise, are not equal; −0 equals 0, and NaN equals NaN."""
    @property
    def zeros(self) -> int:
        """Compared elements with e = 0."""
    @property
    def exponent_histogram(self) -> list[int]:
        """How many errors have ⌊log₂|e|⌋ = −60, −59, …, 20.

        Smaller and larger ones are in the first and the last of these 81 bins, exact zeros in none.
        """
    @property
    def profile(self) -> list[list[float]]:
        """√(Σe² / n) at every index of every axis, n and Σ over the compared elements there; 0 where there are none.

        An axis longer than 64 has 64 bins instead, index j of length L in bin ⌊64·j / L⌋.
        """
    @property
    def min_tolerance(self) -> tuple[float, float]:
        """The tolerances that would pass: atol alone, max |e|; and rtol alone, max |e|/|y| over y ≠ 0.

        Where e ≠ 0 and y = 0 no rtol passes; such elements are left out.
        """

@final
class Sink:
    """The taps of one run of a port: named, compared and sent as `TapCompared`, without the interpreter.

    Any thread may call in. What goes wrong is kept in `failure`, after which taps are only let through.
    """

    def __new__(
        cls,
        run: str,
        socket: int,
        prefix: str,
        renamed: dict[str, str],
        expected: Sequence[
            tuple[str, int, str, Sequence[int], tuple[_Tensor, bool], tuple[_Tensor, bool] | None, bool]
        ],
        keep: str = "",
    ) -> Self:
        """Start the comparing thread of the run `run`, which writes to the descriptor `socket`, nobody else meanwhile.

        A native name loses `prefix`, then `renamed` applies. `expected` has per tap of the reference: name, order,
        dtype, shape, bytes, the bytes of its noise in float32, and whether the port is to go on with it. Bytes are
        flat, and nobody may write to them while the sink lives; each come with whether they are a mapped file's, whose
        memory is let go once they are compared. `keep` names a tensor that is kept whole.

        Raises OSError without a socket or a thread, ValueError for an unknown dtype.
        """
    @property
    def function(self) -> int:
        """The address of the C function that takes taps."""
    @property
    def context(self) -> int:
        """What that function wants as its context."""
    def take(
        self, name: str, dtype: str, shape: Sequence[int], content: _Tensor, source: tuple[str, int]
    ) -> bytes | None:
        """Take a tap, flat bytes from a file and line; return None or the bytes that replace it."""
    def output(self, name: str, dtype: str, shape: Sequence[int], content: _Tensor) -> None:
        """Compare an output of the run, by its reference name."""
    def close(self) -> None:
        """Return once every tap is compared and sent and the thread has ended; later taps are let through."""
    @property
    def names(self) -> list[str]:
        """The taps in the order they came, by their reference names."""
    @property
    def kept(self) -> tuple[str, list[int], bytes] | None:
        """Dtype, shape and bytes of the tensor that was to be kept; None where it has not come."""
    @property
    def unnamed(self) -> int:
        """Layers that came without a name."""
    @property
    def seconds(self) -> float:
        """Seconds that the port has spent in its taps."""
    @property
    def failure(self) -> str | None:
        """What went wrong first."""

def compare(
    actual: _Tensor, expected: _Tensor, dtype: str, shape: Sequence[int], noise: _Tensor | None = None
) -> Metrics:
    """Compare two tensors in one pass, without copying them and without holding the interpreter.

    `actual` and `expected` are contiguous and row-major, of this `shape` and of one `dtype`: "f32", "f64", "f16",
    "bf16", "u8", "u32", "i16", "i32" or "i64". Bytes are taken as they are; a buffer that says what its elements are
    must say the same, where 16-bit floats may come as 16-bit unsigned integers. `noise` is float32 of the same shape,
    R32 − R64, so that y = expected − noise. No other thread may write to the buffers meanwhile.

    Raises ValueError where dtype, shape and buffers do not fit together, TypeError for an object without a buffer.
    """
