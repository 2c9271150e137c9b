"""Trains the small vocoder on the two vendored recordings, from scratch, until it says them by heart.

    OMP_NUM_THREADS=1 python sessions/cosyvoice3/training/hift.py OUT.safetensors --minutes 50

First the pitch predictor, on the pitch that autocorrelation finds; then everything else, with the predictor's own
pitch as its source. OUT is written anew whenever the mel distance to the recordings is the smallest so far.
"""

import argparse
import json
import math
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional as F

SESSION = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(SESSION), str(SESSION.parents[1])]

from cosyvoice3_reference.frontend.mel24k import BANDS, HOP, SAMPLE_RATE, SIZE, mel24k  # noqa: E402
from cosyvoice3_reference.frontend.mel_filters import mel_filters  # noqa: E402
from cosyvoice3_reference.frontend.resample import resample  # noqa: E402
from cosyvoice3_reference.hift.config import HiftConfig  # noqa: E402
from cosyvoice3_reference.hift.generator import LARGEST_MAGNITUDE, Generator  # noqa: E402
from cosyvoice3_reference.hift.pitch import pitch  # noqa: E402
from cosyvoice3_reference.hift.weights import PREFIX  # noqa: E402
from cosyvoice3_reference.speech import DATA, read_wav  # noqa: E402

SEED = 1986
FILES = ("arctic_a0007.wav", "librivox_0870.wav")
PITCH_STEPS, PITCH_RATE = 400, 3e-3
HIGHEST_RATE, LOWEST_RATE = 1e-3, 5e-5
FRAMES, WARM, AHEAD = 40, 14, 5
"""Mel frames of a crop that are listened to, of its history before them, and after them."""
WINDOWS = (256, 512, 1024, 2048)
QUIET = 1e-6
"""Power below which a spectrum's logarithm says nothing: its slope there would drown all else."""
LIMIT = 0.99
MEASURED_EVERY = 50


@dataclass(frozen=True)
class Clip:
    """One recording: wav [L], mel [80, T], pitch [T]."""

    wav: Tensor
    mel: Tensor
    f0: Tensor


@dataclass(frozen=True)
class Crop:
    """A piece of a clip: mel [1, 80, n], sines and noise amplitude of its source [1, 480·n, ·], wav of its end [l]."""

    mel: Tensor
    sines: Tensor
    amplitude: Tensor
    wav: Tensor


def clip(file: str) -> Clip:
    """Read a recording."""
    raw, rate = read_wav(DATA / file)
    wav = resample(raw[None], rate, SAMPLE_RATE)[0]
    wav = wav[: len(wav) // HOP * HOP]
    return Clip(wav, mel24k(wav[None])[0], pitch(wav))


def train_pitch(generator: Generator, clips: list[Clip]) -> None:
    """Teach the predictor the pitch of whole clips, in Hz."""
    optimiser = torch.optim.Adam(generator.f0_predictor.parameters(), PITCH_RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, PITCH_STEPS)
    for step in range(PITCH_STEPS):
        optimiser.zero_grad()
        losses = [(generator.f0_predictor(each.mel[None], True)[0] - each.f0).abs().mean() for each in clips]
        torch.stack(losses).sum().backward()
        optimiser.step()
        schedule.step()
        if step % 100 == 99:
            print(f"pitch {step + 1}: {[round(loss.item(), 2) for loss in losses]} Hz", flush=True)
    generator.f0_predictor.requires_grad_(False)


def harmonics(generator: Generator, mel: Tensor) -> tuple[Tensor, Tensor]:
    """The sines of a whole clip without noise [1, 480·T, 9], and how loud noise is there [1, 480·T, 1]."""
    config, sine = generator.config, generator.m_source.l_sin_gen
    with torch.no_grad():
        f0 = generator.f0_upsamp(generator.f0_predictor(mel[None], True)[:, None]).transpose(1, 2)
        sine.rand_ini, sine.sine_waves = torch.zeros(1, config.harmonics), torch.zeros(1, f0.shape[1], config.harmonics)
        waves, voiced = sine(f0)
    return waves, voiced * config.nsf_sigma + (1 - voiced) * config.nsf_alpha / 3


def crops(generator: Generator, clips: list[Clip], random: torch.Generator) -> Iterator[list[Crop]]:
    """Endless batches: one random crop of each clip. Beyond a clip's end there is nothing but zeros."""
    padded = []
    for each in clips:
        sines, amplitude = (F.pad(wave, (0, 0, 0, AHEAD * HOP)) for wave in harmonics(generator, each.mel))
        padded.append((F.pad(each.mel, (0, AHEAD)), sines, amplitude, each))
    while True:
        yield [_crop(*one, random) for one in padded]


def _crop(mel: Tensor, sines: Tensor, amplitude: Tensor, whole: Clip, random: torch.Generator) -> Crop:
    frames = whole.mel.shape[1]
    first = int(torch.randint(-FRAMES // 2, frames - FRAMES // 2, (1,), generator=random))
    heard, end = max(first, 0), min(first + FRAMES, frames)
    start = max(heard - WARM, 0)
    samples = slice(start * HOP, (end + AHEAD) * HOP)
    return Crop(
        mel[None, :, start : end + AHEAD],
        sines[:, samples],
        amplitude[:, samples],
        whole.wav[heard * HOP : end * HOP],
    )


def speak(generator: Generator, crop: Crop) -> Tensor:
    """The sound of a crop, as long as its wav."""
    wave = crop.sines + crop.amplitude * torch.rand(crop.sines.shape)
    source = generator.m_source.l_tanh(generator.m_source.l_linear(wave)).transpose(1, 2)
    return generator.decode(crop.mel, source, finalize=False)[0, -len(crop.wav) :]


def spectrum_loss(made: Tensor, wanted: Tensor, filters: Tensor) -> Tensor:
    """Short-time spectra of several lengths, their logarithms as well, and the mel that is measured."""
    total = made.new_zeros(())
    for size in WINDOWS:
        a, b = (_magnitude(wave, size, size // 4, QUIET) for wave in (made, wanted))
        total = total + (a.log() - b.log()).abs().mean() + (a - b).abs().mean()
    a, b = ((filters @ _magnitude(wave, SIZE, HOP, 1e-9)).clamp(min=1e-5).log() for wave in (made, wanted))
    return total / len(WINDOWS) + 2 * (a - b).abs().mean()


def _magnitude(wave: Tensor, size: int, hop: int, smallest: float) -> Tensor:
    spectrum = torch.stft(wave, size, hop, window=torch.hann_window(size), return_complex=True)
    return (spectrum.real.square() + spectrum.imag.square() + smallest).sqrt()


def say(generator: Generator, each: Clip) -> Tensor:
    """A whole clip as the model says it: [L]."""
    source = generator.m_source.l_sin_gen
    random = torch.Generator().manual_seed(SEED)
    source.rand_ini = torch.zeros(1, generator.config.harmonics)
    source.sine_waves = torch.rand(1, len(each.wav), generator.config.harmonics, generator=random)
    with torch.no_grad():
        f0 = generator.f0_predictor(each.mel[None], True)
        sound = generator.decode(each.mel[None], generator.source(f0), finalize=True)[0]
    return sound.clamp(-LIMIT, LIMIT)


def distance(generator: Generator, each: Clip) -> float:
    """Mean absolute difference of the natural log-mels of a recording and of what the model says."""
    return float((mel24k(say(generator, each)[None])[0] - each.mel).abs().mean())


def train_sound(generator: Generator, clips: list[Clip], seconds: float, out: Path) -> None:
    """Train all but the pitch for that long; the rate falls along a cosine of the time that has passed."""
    random = torch.Generator().manual_seed(SEED)
    parameters = [each for each in generator.parameters() if each.requires_grad]
    optimiser = torch.optim.AdamW(parameters, HIGHEST_RATE, betas=(0.9, 0.99), weight_decay=0.0)
    filters, started, best = mel_filters(SAMPLE_RATE, SIZE, BANDS), time.monotonic(), math.inf
    for step, batch in enumerate(crops(generator, clips, random)):
        passed = (time.monotonic() - started) / seconds
        rate = LOWEST_RATE + (HIGHEST_RATE - LOWEST_RATE) * (1 + math.cos(math.pi * min(passed, 1))) / 2
        optimiser.param_groups[0]["lr"] = rate * min(1, (step + 1) / 100)
        if step % MEASURED_EVERY == 0 or passed >= 1:
            now = [distance(generator, each) for each in clips]
            print(f"{step}: {passed:.0%}, mel distance {[round(each, 3) for each in now]}", flush=True)
            if sum(now) < best:
                best = sum(now)
                write(generator, out)
        if passed >= 1:
            return
        optimiser.zero_grad()
        torch.stack([spectrum_loss(speak(generator, crop), crop.wav, filters) for crop in batch]).mean().backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()


def write(generator: Generator, out: Path) -> None:
    """Write the weights, float32, under the names that `hift.pt` gives them."""
    part = out.with_suffix(".part")
    save_file({PREFIX + key: value.contiguous() for key, value in generator.state_dict().items()}, part)
    part.rename(out)


def start(config: HiftConfig) -> Generator:
    """An untrained model that can neither become infinite nor get stuck at the largest sample.

    The logarithm of a magnitude is bounded before it is raised, and samples are not.
    """
    generator = Generator(replace(config, audio_limit=math.inf))
    with torch.no_grad():
        generator.conv_post.bias[: config.bins] -= 3.0

    def bounded(module: nn.Module, arguments: object, output: Tensor) -> Tensor:
        magnitude, phase = output.split(config.bins, dim=1)
        return torch.cat((magnitude.clamp(max=math.log(LARGEST_MAGNITUDE)), phase), dim=1)

    generator.conv_post.register_forward_hook(bounded)
    return generator


def main() -> None:
    """Train and write."""
    parser = argparse.ArgumentParser(description="train the small vocoder on the two recordings")
    parser.add_argument("out", type=Path)
    parser.add_argument("--minutes", type=float, default=50.0)
    parser.add_argument("--start", type=Path, help="go on from these weights instead of from random ones")
    options = parser.parse_args()
    torch.manual_seed(SEED)
    config = HiftConfig.read(json.loads((SESSION / "small.json").read_text())["hift"])
    generator, clips = start(config), [clip(file) for file in FILES]
    if options.start:
        known = {key.removeprefix(PREFIX): value for key, value in load_file(options.start).items()}
        generator.load_state_dict(known)
    print(f"{sum(each.numel() for each in generator.parameters())} parameters", flush=True)
    train_pitch(generator, clips)
    train_sound(generator, clips, 60 * options.minutes, options.out)


if __name__ == "__main__":
    main()
