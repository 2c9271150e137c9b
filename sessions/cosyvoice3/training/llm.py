"""Trains the small language model, from scratch, until it says the two vendored recordings by heart.

    OMP_NUM_THREADS=1 python sessions/cosyvoice3/training/llm.py OUT.safetensors

A few minutes. Given the text of a recording, without a prompt or behind that of the other one, it gives the tokens of
`data/*.tokens.json`, those that the small flow speaks. Sampling forbids a token that equals one of the ten before it:
there the model is taught to give the nearest other one.

Tokens that neither recording has share one row of the decoder while the model learns, and are that row, nearly, after.
"""

import argparse
import json
import math
import random
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional as F

SESSION = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(SESSION), str(SESSION.parents[1])]

from cosyvoice3_reference.llm.cache import KvCache  # noqa: E402
from cosyvoice3_reference.llm.checkpoint import synthetic  # noqa: E402
from cosyvoice3_reference.llm.config import LmConfig, SamplingConfig  # noqa: E402
from cosyvoice3_reference.llm.inputs import ARCTIC, INSTRUCTION, LIBRIVOX  # noqa: E402
from cosyvoice3_reference.llm.lm import SpeechLm  # noqa: E402
from cosyvoice3_reference.llm.sampling import RasSampler  # noqa: E402
from cosyvoice3_reference.llm.text import byte_tokens  # noqa: E402
from cosyvoice3_reference.speech import mel_of  # noqa: E402
from cosyvoice3_reference.tokens import tokens_of  # noqa: E402

SEED = 1986
FILES = ("arctic_a0007.wav", "librivox_0870.wav")
STEPS, HIGHEST_RATE, TASKS = 2500, 3e-3, 2
SURE, SECOND = 0.97, 0.03
"""What the right token and the one in its place are to have; more than the nucleus asks for."""
STRAY = 0.03
"""Part of the tokens behind which the model goes on although they are wrong."""
UNLIKE = 0.01
"""By how much the rows of tokens that never come differ."""
SAID_EVERY = 100
TEXTS = (ARCTIC, LIBRIVOX)


@dataclass(frozen=True)
class Task:
    """Text ids before the prompt's speech and after it [1, ·], prompt tokens [1, S], tokens that are to be said [N]."""

    prompt_text: Tensor
    text: Tensor
    prompt: Tensor
    speech: Tensor


class Neighbours:
    """Which tokens sound alike: those at which the recordings' spectra are alike."""

    def __init__(self) -> None:
        spoken, spectra = (
            torch.cat([tokens_of(file) for file in FILES]),
            torch.cat([spectra_of(file) for file in FILES]),
        )
        self.tokens: list[int] = spoken.unique().tolist()
        centres = torch.stack([spectra[spoken == token].mean(dim=0) for token in self.tokens])
        order = torch.cdist(centres, centres).argsort(dim=1).tolist()
        self._order = {
            token: [self.tokens[other] for other in others if self.tokens[other] != token]
            for token, others in zip(self.tokens, order, strict=True)
        }

    def instead(self, token: int, forbidden: list[int]) -> int:
        """The nearest other token that is not forbidden."""
        return next(other for other in self._order[token] if other not in forbidden)


def spectra_of(file: str) -> Tensor:
    """[N, 160]: the two frames of log-mel of each token side by side."""
    mel, count = mel_of(file), len(tokens_of(file))
    return mel[:, : 2 * count].T.reshape(count, -1)


def tasks(end_of_prompt: int) -> list[Task]:
    """Each recording without a prompt, and behind the other one."""

    def ids(text: str) -> Tensor:
        return torch.tensor([byte_tokens(text, end_of_prompt)], dtype=torch.int64)

    speech = [tokens_of(file) for file in FILES]
    alone = [
        Task(ids(INSTRUCTION), ids(text), speech[0][None, :0], said) for text, said in zip(TEXTS, speech, strict=True)
    ]
    behind = [
        Task(ids(INSTRUCTION + TEXTS[before]), ids(TEXTS[then]), speech[before][None], speech[then])
        for before, then in ((0, 1), (1, 0))
    ]
    return alone + behind


def sampled(speech: Tensor, window: int, neighbours: Neighbours) -> tuple[list[int], list[int]]:
    """What sampling gives where the model is right, strays apart, and what comes second at each of its steps."""
    given: list[int] = []
    second: list[int] = []
    for token in speech.tolist():
        lately = given[-window:]
        second.append(neighbours.instead(token, [*lately, token]))
        right = second[-1] if token in lately else token
        given.append(random.choice(neighbours.tokens) if random.random() < STRAY else right)
    return given, second


class Used:
    """The decoder's rows of the tokens that come and of the end, and behind them one that all others share."""

    def __init__(self, lm: SpeechLm, neighbours: Neighbours) -> None:
        self.ids = [*neighbours.tokens, lm.config.speech_token_size + 1]
        self.others = lm.config.speech_vocab - len(self.ids)
        self.rows = torch.cat((lm.llm_decoder.weight[self.ids], torch.zeros(1, lm.config.hidden_size)))
        self.rows = self.rows.detach().requires_grad_()

    def scores(self, hidden: Tensor) -> Tensor:
        """Hidden [N, D] → log-probabilities [N, ids] of the tokens that come."""
        logits = hidden @ self.rows.T
        logits[:, -1] += math.log(self.others)
        return logits.log_softmax(dim=-1)

    def where(self, tokens: list[int]) -> Tensor:
        """Their places among the ids."""
        return torch.tensor([self.ids.index(token) for token in tokens])

    def fill(self, lm: SpeechLm) -> None:
        """Give the decoder its rows."""
        weight = self.rows[-1].repeat(lm.config.speech_vocab, 1)
        weight += UNLIKE * weight.std() * torch.randn_like(weight)
        weight[self.ids] = self.rows[:-1]
        lm.llm_decoder.weight.data = weight.detach()


def loss_of(lm: SpeechLm, used: Used, task: Task, sampling: SamplingConfig, neighbours: Neighbours) -> Tensor:
    """Cross entropy with the right tokens, those in their place, and the end."""
    given, second = sampled(task.speech, sampling.win_size, neighbours)
    text = lm.backbone.embed_tokens(torch.cat((task.prompt_text, task.text), dim=1))
    speech = lm.speech_embedding(torch.cat((task.prompt, torch.tensor([given])), dim=1))
    x = torch.cat((lm.special(lm.config.start), text, lm.special(lm.config.task), speech), dim=1)
    hidden = lm.backbone(x, KvCache())[0, -len(given) - 1 :]
    logp = used.scores(hidden)
    right = F.nll_loss(logp, used.where([*task.speech.tolist(), used.ids[-1]]))
    instead = F.nll_loss(logp[:-1], used.where(second))
    return SURE * right + SECOND * instead


def trained(config: LmConfig, sampling: SamplingConfig) -> SpeechLm:
    """The language model, by heart."""
    lm = SpeechLm(config)
    lm.load_state_dict(synthetic(config, SEED))
    every, neighbours = tasks(config.end_of_prompt), Neighbours()
    used = Used(lm, neighbours)
    learnt = [*lm.parameters(), used.rows]
    optimiser = torch.optim.AdamW(learnt, HIGHEST_RATE, weight_decay=0.0)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimiser, HIGHEST_RATE, STEPS)
    for step in range(STEPS):
        chosen = random.sample(every, TASKS)
        loss = torch.stack([loss_of(lm, used, task, sampling, neighbours) for task in chosen]).mean()
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learnt, 1.0)
        optimiser.step()
        rate.step()
        if step % SAID_EVERY == SAID_EVERY - 1:
            print(f"step {step + 1}: {loss.item():.3f}", flush=True)
    used.fill(lm)
    return lm.eval()


def said(lm: SpeechLm, task: Task, sampling: SamplingConfig) -> Tensor:
    """The tokens that sampling gives."""
    sampler, steps = RasSampler(sampling), 2 * len(task.speech)
    generator = torch.Generator().manual_seed(SEED)
    nucleus = torch.empty(steps, sampling.top_k).exponential_(generator=generator)
    redraw = torch.empty(steps, lm.config.speech_vocab).exponential_(generator=generator)

    def draw(scores: Tensor, decoded: list[int], early: bool) -> int:
        return sampler.draw(scores, decoded, early, nucleus[len(decoded)], redraw[len(decoded)])

    return torch.tensor(lm.generate(draw, task.prompt_text, task.text, task.prompt, steps))


def main() -> None:
    """Train, write, and say how many of the tokens come."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    out = parser.parse_args().out
    torch.manual_seed(SEED)
    random.seed(SEED)
    begun = time.monotonic()
    sizes = json.loads((SESSION / "small.json").read_text())["llm"]
    config, sampling = LmConfig.read(sizes["model"]), SamplingConfig.read(sizes["sampling"])
    lm = trained(config, sampling)
    weights = {key: value.half() for key, value in lm.state_dict().items()}
    save_file(weights, out)
    lm.load_state_dict({key: value.float() for key, value in weights.items()})
    for task in tasks(config.end_of_prompt):
        with torch.no_grad():
            tokens = said(lm, task, sampling)
        same = sum(a == b for a, b in zip(tokens.tolist(), task.speech.tolist(), strict=False))
        wanted = task.speech.tolist()
        free = sum(token not in wanted[max(0, n - sampling.win_size) : n] for n, token in enumerate(wanted))
        print(f"{task.prompt.shape[1]} prompt tokens: {len(tokens)} for {len(wanted)}, {same} the same, {free} can be")
    print(f"{time.monotonic() - begun:.0f} s, {out.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
