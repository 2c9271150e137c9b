"""Two sounds in numbers: those that a verdict goes by, and those that are only shown."""

from msgspec import Struct

UNBOUNDED = 1e99
"""Decibels of what has no end; JSON knows no infinity."""


class Sound(Struct, frozen=True):
    """One sound, where ±1 is full scale. `peak`, `rms` and `dc` are of its finite samples."""

    frames: int
    peak: float
    rms: float
    dc: float
    """The mean."""
    clipped: int
    """Samples from 0.999 on, either way."""
    nonfinite: int


class Difference(Struct, frozen=True):
    """One sound against a reference of the same length, both finite; rms and means are in full scale."""

    snr: float
    """dB of the reference over the difference, before anything is aligned; UNBOUNDED where both are equal."""
    error: float
    """rms of the difference."""
    dc: float
    """Mean of the difference."""
    lag: float
    """Samples by which it comes later."""
    gain: float
    """Factor by which it is louder, once aligned; negative where its polarity is flipped."""
    null: float
    """dB of the reference over what is left of the difference once lag and gain are taken out."""
    residual: float
    """rms of what is left."""
    slope: float
    """rms of the reference's step from one sample to the next."""
    worst_at: int
    """First frame of the 20 ms with the largest difference."""
    worst: float
    """rms of the difference there."""
    worst_noise: float | None
    """rms of the reference's own noise in the 20 ms where that is largest; None where it is not known by sample."""
    worst_rms: float
    """rms of the reference in its loudest 20 ms."""
    silenced: int
    """Blocks of 5 ms in which exactly one of both is silent."""


class Numbers(Struct, frozen=True):
    """What gates: the reference's sound, the port's, and, where they can be compared, the difference."""

    rate: int
    """Hz, of both."""
    reference: Sound
    port: Sound
    difference: Difference | None = None


class Shown(Struct, frozen=True):
    """What describes and never gates: spectral distances, 0 for equal sounds."""

    mel: float
    """Mean |ln mel| distance, 80 bands, floored at 1e-5."""
    log_spectral: float
    """Log-spectral distance in dB, rms over the bins of a frame, mean over frames; power floored at 1e-10."""
    multi_resolution: float
    """Spectral convergence and mean |ln magnitude|, each averaged over windows of 512, 1024 and 2048, summed."""
