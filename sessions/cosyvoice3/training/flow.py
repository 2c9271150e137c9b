"""Trains the small flow on the two vendored recordings, from scratch, until it says them by heart.

    OMP_NUM_THREADS=1 python sessions/cosyvoice3/training/flow.py OUT.safetensors --minutes 38

The loss is CosyVoice's: the squared error of the velocity at a random time, the conditions left out now and then, a
prompt of random length, half of the steps streaming. OUT is written anew every 250 steps.
"""

import argparse
import copy
import json
import math
import random
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn import functional as F

SESSION = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(SESSION), str(SESSION.parents[1])]

from cosyvoice3_reference.checkpoint import synthetic  # noqa: E402
from cosyvoice3_reference.config import FlowConfig  # noqa: E402
from cosyvoice3_reference.flow.whole import Flow  # noqa: E402
from cosyvoice3_reference.flow_inputs import noise  # noqa: E402
from cosyvoice3_reference.speech import mel_of  # noqa: E402
from cosyvoice3_reference.tokens import tokens_of  # noqa: E402

SEED = 1986
FILES = ("arctic_a0007.wav", "librivox_0870.wav")
ROWS = 3
PIECE = (25, 70)
"""Tokens of the pieces of a recording that most examples are made of; whole recordings take four times as long."""
WHOLE = 0.2
HIGHEST_RATE, LOWEST_RATE, WARM = 1.5e-3, 2e-5, 200
AVERAGED = 0.998
SIGMA = 1e-6
UNCONDITIONED = 0.2
SAID_EVERY = 250


@dataclass(frozen=True)
class Clip:
    """One recording: tokens [N], mel [2N, 80], a direction that stands for its speaker [192]."""

    tokens: Tensor
    mel: Tensor
    speaker: Tensor


def clip(file: str, number: int, width: int) -> Clip:
    """Read a recording."""
    tokens, generator = tokens_of(file), torch.Generator().manual_seed(SEED + number)
    mel = mel_of(file)[:, : 2 * len(tokens)].T
    return Clip(tokens, mel, F.normalize(torch.randn(width, generator=generator), dim=0))


def plain(config: FlowConfig) -> Flow:
    """A flow of random weights; by heart nothing is learnt with dropout."""
    flow = Flow(config).eval()
    flow.load_state_dict(synthetic(config, SEED))
    return flow


def untrained(config: FlowConfig) -> Flow:
    """A flow whose modulations and velocity begin at zero, as diffusion transformers do."""
    flow = plain(config)
    for name, parameter in flow.named_parameters():
        if "attn_norm.linear" in name or "norm_out.linear" in name or "proj_out" in name:
            nn.init.zeros_(parameter)
    return flow


def example(clips: list[Clip]) -> tuple[Tensor, Tensor, int, Tensor]:
    """Tokens [1, N], mel [1, 2N, 80], how many frames of it are a prompt, speaker [1, 192]."""
    order = random.sample(clips, random.choice((1, 2)))
    if random.random() > WHOLE:
        order = [piece(each) for each in order]
    tokens, mel = torch.cat([each.tokens for each in order]), torch.cat([each.mel for each in order])
    first = 2 * len(order[0].tokens)
    known = first if len(order) == 2 and random.random() < 0.6 else random.randint(0, int(0.4 * len(mel)))
    # Whatever the direction of a voice is found by, it is another one than ours: half of the examples have any.
    own = order[0].speaker if random.random() < 0.5 else F.normalize(torch.randn_like(order[0].speaker), dim=0)
    speaker = own + 0.3 * F.normalize(torch.randn_like(own), dim=0)
    return tokens[None], mel[None], known, speaker[None]


def piece(whole: Clip) -> Clip:
    """A random piece of a recording."""
    length = random.randint(*PIECE)
    first = random.randint(0, len(whole.tokens) - length)
    last = first + length
    return Clip(whole.tokens[first:last], whole.mel[2 * first : 2 * last], whole.speaker)


def loss(flow: Flow, clips: list[Clip], drawn: Tensor) -> Tensor:
    """The mean squared error of the velocity on one example at ROWS times."""
    tokens, mel, known, speaker = example(clips)
    given = flow.conditions(tokens, tokens[:, :0], mel[:, :known], speaker, finalize=True)
    target = mel.transpose(1, 2).expand(ROWS, -1, -1)
    z = torch.randn_like(target)
    # The noise that every utterance begins with comes up in half of the rows.
    z[::2] = drawn[:, :, : target.shape[2]]
    t = torch.rand(ROWS, 1, 1)
    kept = (torch.rand(ROWS) > UNCONDITIONED).float()
    mu, cond = (each * kept[:, None, None] for each in (given.mu, given.cond))
    at = (1 - (1 - SIGMA) * t) * z + t * target
    mask = torch.ones(ROWS, 1, target.shape[2])
    streaming = random.random() < 0.5
    velocity = flow.decoder.estimator(at, mask, mu, t.flatten(), given.spks * kept[:, None], cond, streaming)
    return F.mse_loss(velocity, target - (1 - SIGMA) * z)


def rate(progress: float, step: int) -> float:
    """The learning rate: up in WARM steps, then down along a cosine."""
    return min(step / WARM, 1) * (LOWEST_RATE + (HIGHEST_RATE - LOWEST_RATE) * (1 + math.cos(math.pi * progress)) / 2)


@torch.no_grad()
def spoken(flow: Flow, prompt: Clip, said: Clip) -> Tensor:
    """[1, 80, T]: the mel of a recording's tokens after another recording as the prompt."""
    made: Tensor = flow(
        said.tokens[None], prompt.tokens[None], prompt.mel[None], prompt.speaker[None], noise(80), True, False
    )
    return made


def distances(flow: Flow, clips: list[Clip]) -> list[float]:
    """The mean distance in log-mel of each recording, said after the other one, to itself."""
    return [float((spoken(flow, a, b)[0].T - b.mel).abs().mean()) for a, b in (clips, clips[::-1])]


def write(flow: Flow, out: Path) -> None:
    """Write the weights, as float32 that float16 can hold."""
    weights = {name: value.detach().half().float().contiguous() for name, value in flow.state_dict().items()}
    save_file(weights, out.with_suffix(".new"))
    out.with_suffix(".new").replace(out)


def train(flow: Flow, clips: list[Clip], seconds: float, out: Path) -> tuple[Flow, int]:
    """Train for so long, writing to `out`; returns the running average of the weights and the steps."""
    averaged = copy.deepcopy(flow)
    optimiser = torch.optim.AdamW(flow.parameters(), HIGHEST_RATE, betas=(0.9, 0.98), weight_decay=1e-4)
    drawn, begun, step, shown = noise(80), time.monotonic(), 0, 0.0
    while (progress := (time.monotonic() - begun) / seconds) < 1:
        for group in optimiser.param_groups:
            group["lr"] = rate(progress, step + 1)
        optimiser.zero_grad()
        error = loss(flow, clips, drawn)
        error.backward()
        nn.utils.clip_grad_norm_(flow.parameters(), 1.0)
        optimiser.step()
        step += 1
        with torch.no_grad():
            for mean, new in zip(averaged.parameters(), flow.parameters(), strict=True):
                mean.lerp_(new, 1 - min(AVERAGED, step / (step + 20)))
        shown = 0.98 * shown + 0.02 * error.item() if step > 1 else error.item()
        if step % SAID_EVERY == 0:
            near = ", ".join(f"{each:.3f}" for each in distances(averaged, clips))
            print(f"{time.monotonic() - begun:6.0f} s  step {step}  loss {shown:.4f}  mel distance {near}", flush=True)
            write(averaged, out)
    return averaged, step


def sizes() -> dict[str, dict[str, float]]:
    """The configuration of the small flow."""
    found: dict[str, dict[str, float]] = json.loads((SESSION / "small.json").read_text())["flow"]
    return found


def main() -> None:
    """Train, say how near the model comes, and write the weights."""
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("--minutes", type=float, default=38)
    given = parser.parse_args()
    torch.manual_seed(SEED)
    random.seed(SEED)
    config = FlowConfig.read(sizes())
    clips = [clip(file, number, config.embed.spk_embed_dim) for number, file in enumerate(FILES)]
    print(f"random weights: mel distance {distances(plain(config), clips)}", flush=True)
    flow, steps = train(untrained(config), clips, 60 * given.minutes, given.out)
    write(flow, given.out)
    flow.load_state_dict(load_file(given.out))
    print(f"{steps} steps: mel distance {distances(flow, clips)}", flush=True)


if __name__ == "__main__":
    main()
