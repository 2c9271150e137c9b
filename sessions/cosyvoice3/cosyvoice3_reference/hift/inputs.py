"""Inputs of the vocoder's stages: mels and pitches of speech, silence and noise, and the numbers that are drawn."""

from dataclasses import dataclass

import torch
from torch import Tensor

from cosyvoice3_reference.frontend.mel24k import HOP, SAMPLE_RATE, mel24k
from cosyvoice3_reference.frontend.resample import resample
from cosyvoice3_reference.hift.config import HiftConfig
from cosyvoice3_reference.hift.pitch import HIGHEST_HZ, pitch
from cosyvoice3_reference.hift.source import SineGenerator
from cosyvoice3_reference.speech import DATA, read_wav

Tensors = dict[str, Tensor]


@dataclass(frozen=True)
class Case:
    """One named input: frames of a recording, of white noise without one, and whether more is to come after it."""

    file: str
    frames: int
    start: float = 0.0
    """Seconds."""
    gain: float = 1.0
    streaming: bool = False


ARCTIC, LIBRIVOX = "arctic_a0007.wav", "librivox_0870.wav"
CASES = {
    "arctic": Case(ARCTIC, 64, start=0.9),
    "librivox": Case(LIBRIVOX, 64, start=1.0, streaming=True),
    "silence": Case(ARCTIC, 20, gain=0.0),
    "clipped": Case(ARCTIC, 30, start=0.5, gain=20.0),
    "noise": Case("", 24),
    "odd": Case(LIBRIVOX, 33, start=3.0, streaming=True),
    "shortest": Case(ARCTIC, 1, start=1.0),
    "shortest_streaming": Case(ARCTIC, 9, start=1.0, streaming=True),
}
"""Less than nine streamed frames give no sound."""
ALIASED = "aliased"
"""A pitch whose highest overtone lies above the sampling rate; none but the source can be given it."""
ALIASED_HZ = 2700.0
CHAIN = "chain"
CHAIN_FRAMES = 50 * 30
"""As many as are spoken in the chain at most."""


def mel(name: str) -> Tensors:
    """What the pitch predictor and the whole vocoder read: mel [1, 80, T] and finalize.

    In the chain the mel is another stage's. Raises ValueError for an unknown name.
    """
    if name == CHAIN:
        return {"finalize": torch.tensor([1])}
    case = _case(name)
    wav = _wav(case, _random(name))
    return {"mel": mel24k(wav[None])[:, :, : case.frames], "finalize": torch.tensor([int(not case.streaming)])}


def two_mels(name: str) -> Tensors:
    """The same for the pitch alone; `shortest` is a frame of each of two mels, since a single number has no spread."""
    inputs = mel(name)
    if name == "shortest":
        inputs["mel"] = torch.cat((inputs["mel"], mel("noise")["mel"][:, :, :1]))
    return inputs


def f0(name: str, config: HiftConfig) -> Tensors:
    """What the source reads: f0 [1, T] in Hz and the draws; in the chain f0 is another stage's."""
    if name == CHAIN:
        return draws(name, config, CHAIN_FRAMES)
    if name == ALIASED:
        hz = torch.tensor([[config.nsf_voiced_threshold, ALIASED_HZ]])
    else:
        hz = _f0(_case(name), _random(name))[None]
    return {"f0": hz, **draws(name, config, hz.shape[1])}


def draws(name: str, config: HiftConfig, frames: int) -> Tensors:
    """What the original draws when it is constructed, as far as `frames` need it: uniform numbers.

    rand_ini [1, harmonics], zero for the fundamental, and noise [1, 480·T, harmonics].
    """
    random = _random(name)
    rand_ini = torch.rand(1, config.harmonics, generator=random)
    rand_ini[:, 0] = 0
    return {"rand_ini": rand_ini, "noise": torch.rand(1, frames * config.samples, config.harmonics, generator=random)}


def decoded(name: str, config: HiftConfig) -> Tensors:
    """What the network reads: mel [1, 80, T], the source [1, 1, 480·T] of the recording's own pitch, and finalize."""
    if name == CHAIN:
        return mel(name)
    inputs, case = mel(name), _case(name)
    drawn = draws(name, config, case.frames)
    generator = SineGenerator(config)
    generator.rand_ini, generator.sine_waves = drawn["rand_ini"], drawn["noise"]
    waves, _ = generator(_f0(case, _random(name)).repeat_interleave(config.samples)[None, :, None])
    falling = 1 / torch.arange(1, config.harmonics + 1)
    return {**inputs, "source": torch.tanh(4 * waves @ falling)[:, None]}


def _case(name: str) -> Case:
    if name not in CASES:
        raise ValueError(f"the vocoder has no input {name!r}, only {', '.join(CASES)}")
    return CASES[name]


def _random(name: str) -> torch.Generator:
    return torch.Generator().manual_seed([*CASES, ALIASED, CHAIN].index(name))


def _wav(case: Case, random: torch.Generator) -> Tensor:
    """[480·T or more] at 24 kHz: no less than two frames, without which there is no mel."""
    samples = max(case.frames, 2) * HOP
    if not case.file:
        return 0.2 * torch.randn(samples, generator=random)
    raw, rate = read_wav(DATA / case.file)
    first = round(case.start * rate)
    piece = raw[first : first + samples * rate // SAMPLE_RATE]
    return resample((case.gain * piece).clamp(-1, 1)[None], rate, SAMPLE_RATE)[0]


def _f0(case: Case, random: torch.Generator) -> Tensor:
    """[T] in Hz: the recording's pitch; for noise, any."""
    if not case.file:
        return HIGHEST_HZ * torch.rand(case.frames, generator=random)
    return pitch(_wav(case, random))[: case.frames]
