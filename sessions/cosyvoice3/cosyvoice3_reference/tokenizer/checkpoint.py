"""Synthetic weights of the tokenizer: seeded, and tokens that vary with what is heard."""

import torch
from torch import Tensor

from cosyvoice3_reference.blank import blank
from cosyvoice3_reference.tokenizer.config import TokenizerConfig
from cosyvoice3_reference.tokenizer.tokenizer import SpeechTokenizer

BIAS_STD = 0.1
NORM_STD = 0.2
# std of a weight = gain/√fan_in. GELU shrinks what it passes, hence gains above one before it. What is added to the
# residual is kept below it, so that many layers do not swamp the input; q and k make the softmax choose; 0.9 in the
# last projection gives each level about a third of the positions.
GAINS = {
    "conv1.weight": 2.0,
    "conv2.weight": 1.7,
    "attn.query.weight": 1.5,
    "attn.key.weight": 1.5,
    "attn.out.weight": 0.5,
    "fsmn_block.weight": 0.5,
    "attn.value.weight": 0.7,
    "mlp.2.weight": 0.7,
    "project_down.weight": 0.9,
}


def synthetic(config: TokenizerConfig, seed: int) -> dict[str, Tensor]:
    """The float32 weights under s3tokenizer's names; same config and seed, same values."""
    state = blank(lambda: SpeechTokenizer(config)).state_dict()
    generator = torch.Generator().manual_seed(seed)
    return {key: _draw(key, value.shape, generator) for key, value in state.items()}


def _draw(key: str, shape: torch.Size, generator: torch.Generator) -> Tensor:
    if key.endswith("_ln.weight"):
        return torch.empty(shape).normal_(1.0, NORM_STD, generator=generator)
    return torch.empty(shape).normal_(0.0, _std(key, shape), generator=generator)


def _std(key: str, shape: torch.Size) -> float:
    if len(shape) == 1:
        return BIAS_STD
    gain = next((gain for name, gain in GAINS.items() if key.endswith(name)), 1.0)
    return float(gain / shape[1:].numel() ** 0.5)
