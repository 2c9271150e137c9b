"""Synthetic weights: the estimator's keys and shapes, seeded values, activations of sensible size at any depth."""

import torch
from torch import Tensor

from cosyvoice3_reference.blank import blank
from cosyvoice3_reference.config import DitConfig
from cosyvoice3_reference.flow.dit import Dit
from cosyvoice3_reference.flow.rotary import inverse_frequencies
from cosyvoice3_reference.weights import PREFIX

FREQUENCIES = "rotary_embed.inv_freq"
BIAS_STD = 0.1
# std of a weight = gain/√fan_in. SiLU, GELU and Mish shrink what they pass, hence gains above one. The time embedding
# reaches the modulation through a SiLU: 0.5 makes scales, shifts and gates of about 0.3, so that 22 blocks add up
# without swamping the input. 1.5 in q and k makes the softmax choose instead of averaging everything away.
GAINS = {
    "time_mlp.0.weight": 1.4,
    "time_mlp.2.weight": 1.7,
    "conv_pos_embed.conv1.0.weight": 1.5,
    "conv_pos_embed.conv2.0.weight": 1.7,
    "attn_norm.linear.weight": 0.5,
    "norm_out.linear.weight": 0.5,
    "attn.to_q.weight": 1.5,
    "attn.to_k.weight": 1.5,
    "ff.ff.2.weight": 1.7,
}


def synthetic(config: DitConfig, seed: int) -> dict[str, Tensor]:
    """The estimator's float32 weights under their names in `flow.pt`; same config and seed, same values."""
    state = blank(lambda: Dit(config)).state_dict()
    generator = torch.Generator().manual_seed(seed)
    weights = {key: _draw(key, value.shape, generator) for key, value in state.items() if key != FREQUENCIES}
    weights[FREQUENCIES] = inverse_frequencies(config.dim_head)
    return {PREFIX + key: value for key, value in weights.items()}


def _draw(key: str, shape: torch.Size, generator: torch.Generator) -> Tensor:
    return torch.empty(shape).normal_(0.0, _std(key, shape), generator=generator)


def _std(key: str, shape: torch.Size) -> float:
    if len(shape) == 1:
        return BIAS_STD
    gain = next((gain for name, gain in GAINS.items() if key.endswith(name)), 1.0)
    return float(gain / shape[1:].numel() ** 0.5)
