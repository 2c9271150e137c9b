"""Inputs of `llm.sample`: scores of several shapes, and the noise of the draws."""

from dataclasses import dataclass

import torch
from torch import Tensor

from cosyvoice3_reference.llm.config import SPECIAL_TOKENS, SamplingConfig


@dataclass(frozen=True)
class Case:
    """One named input: `spread` is the deviation of the logits, `lasting` how much of them all steps share.

    `decoded` is how many tokens went before, `minimum` below how many the end is forbidden, `forced` by how much that
    id is raised.
    """

    seed: int
    spread: float
    lasting: float = 0.5
    steps: int = 24
    decoded: int = 0
    minimum: int = 0
    forced: float = 0.0


CASES = {
    "peaked": Case(1, spread=6.0),
    "flat": Case(2, spread=0.5),
    "repeating": Case(3, spread=5.0, lasting=0.999, steps=40),
    "certain": Case(4, spread=20.0, lasting=0.9999),
    "continued": Case(5, spread=4.0, lasting=0.99, decoded=30),
    "few_before": Case(6, spread=4.0, lasting=0.99, decoded=4),
    "minimum": Case(7, spread=4.0, minimum=12, forced=30.0),
    "shortest": Case(8, spread=3.0, steps=1),
}
"""`peaked` stops at top_p, `flat` at top_k; `repeating` and `certain` draw again at nearly every step."""


def draws(name: str, config: SamplingConfig) -> dict[str, Tensor]:
    """scores [N, vocab] log-probabilities, decoded [M], min_len [1], nucleus [N, top_k], redraw [N, vocab].

    Raises ValueError for an unknown name.
    """
    if name not in CASES:
        raise ValueError(f"llm.sample has no input {name!r}, only {', '.join(CASES)}")
    case = CASES[name]
    generator = torch.Generator().manual_seed(case.seed)
    vocab = config.speech_token_size + SPECIAL_TOKENS
    lasting = torch.randn(1, vocab, generator=generator) * case.lasting**0.5
    passing = torch.randn(case.steps, vocab, generator=generator) * (1 - case.lasting) ** 0.5
    logits = case.spread * (lasting + passing)
    logits[:, config.speech_token_size] += case.forced
    scores = logits.log_softmax(dim=-1)
    likely = scores.mean(dim=0).topk(config.top_k).indices
    return {
        "scores": scores,
        "decoded": likely[torch.randint(config.top_k, (case.decoded,), generator=generator)],
        "min_len": torch.tensor([case.minimum]),
        "nucleus": torch.empty(case.steps, config.top_k).exponential_(generator=generator),
        "redraw": torch.empty(case.steps, vocab).exponential_(generator=generator),
    }
