"""Synthetic weights of the language model: seeded, and activations of sensible size at any depth."""

import torch
from torch import Tensor

from cosyvoice3_reference.blank import blank
from cosyvoice3_reference.llm.config import LmConfig
from cosyvoice3_reference.llm.lm import SpeechLm

BIAS_STD = 0.1
NORM_STD = 0.2
# std of a weight = gain/√fan_in, of an embedding = gain. What is added to the residual is kept below it, so that many
# layers do not swamp the input. 1.5 in q and k makes the softmax choose; 3 makes some next tokens much likelier.
GAINS = {
    "embed_tokens.weight": 1.0,
    "speech_embedding.weight": 1.0,
    "q_proj.weight": 1.5,
    "k_proj.weight": 1.5,
    "o_proj.weight": 0.7,
    "down_proj.weight": 0.8,
    "llm_decoder.weight": 3.0,
}
EMBEDDINGS = ("embed_tokens.weight", "speech_embedding.weight")


def synthetic(config: LmConfig, seed: int) -> dict[str, Tensor]:
    """The float32 weights under their names in `llm.pt`; same config and seed, same values."""
    state = blank(lambda: SpeechLm(config)).state_dict()
    generator = torch.Generator().manual_seed(seed)
    return {key: _draw(key, value.shape, generator) for key, value in state.items()}


def _draw(key: str, shape: torch.Size, generator: torch.Generator) -> Tensor:
    if key.endswith("norm.weight"):
        return torch.empty(shape).normal_(1.0, NORM_STD, generator=generator)
    return torch.empty(shape).normal_(0.0, _std(key, shape), generator=generator)


def _std(key: str, shape: torch.Size) -> float:
    if len(shape) == 1:
        return BIAS_STD
    gain = next((gain for name, gain in GAINS.items() if key.endswith(name)), 1.0)
    return gain if key.endswith(EMBEDDINGS) else float(gain / shape[1] ** 0.5)
