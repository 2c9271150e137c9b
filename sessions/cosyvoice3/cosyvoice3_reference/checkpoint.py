"""Synthetic weights: the flow's keys and shapes, seeded values, activations of sensible size at any depth."""

import torch
from torch import Tensor, nn

from cosyvoice3_reference.blank import blank
from cosyvoice3_reference.config import FlowConfig
from cosyvoice3_reference.flow.dit import Dit
from cosyvoice3_reference.flow.embed import Embed
from cosyvoice3_reference.flow.keys import ESTIMATOR
from cosyvoice3_reference.flow.rotary import inverse_frequencies

FREQUENCIES = "rotary_embed.inv_freq"
BIAS_STD = 0.1
# std of a weight = gain/√fan_in. SiLU, GELU and Mish shrink what they pass, hence gains above one. The time embedding
# reaches the modulation through a SiLU: 0.5 makes scales, shifts and gates of about 0.3, so that 22 blocks add up
# without swamping the input. 1.5 in q and k makes the softmax choose instead of averaging everything away. A token is
# a row, not a sum: 9/√80 is about one. A speaker has length one: 4 makes its projection about 0.3.
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
    "input_embedding.weight": 9.0,
    "spk_embed_affine_layer.weight": 4.0,
    "pre_lookahead_layer.conv1.weight": 1.4,
}


def synthetic(config: FlowConfig, seed: int) -> dict[str, Tensor]:
    """The flow's float32 weights under their names in `flow.pt`; same config and seed, same values."""
    generator = torch.Generator().manual_seed(seed)
    estimator = _drawn(blank(lambda: Dit(config.dit)), generator)
    estimator[FREQUENCIES] = inverse_frequencies(config.dit.dim_head)
    embed = _drawn(blank(lambda: Embed(config.embed)), generator)
    return {ESTIMATOR + key: value for key, value in estimator.items()} | embed


def _drawn(module: nn.Module, generator: torch.Generator) -> dict[str, Tensor]:
    shapes = {key: value.shape for key, value in module.state_dict().items() if key != FREQUENCIES}
    return {
        key: torch.empty(shape).normal_(0.0, _std(key, shape), generator=generator) for key, shape in shapes.items()
    }


def _std(key: str, shape: torch.Size) -> float:
    if len(shape) == 1:
        return BIAS_STD
    gain = next((gain for name, gain in GAINS.items() if key.endswith(name)), 1.0)
    return float(gain / shape[1:].numel() ** 0.5)
