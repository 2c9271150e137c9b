"""Synthetic weights: the vocoder's keys and shapes, seeded values, activations of sensible size at any depth."""

import torch
from torch import Tensor

from cosyvoice3_reference.blank import blank
from cosyvoice3_reference.hift.config import HiftConfig
from cosyvoice3_reference.hift.generator import Generator
from cosyvoice3_reference.hift.weights import PREFIX

BIAS_STD = 0.1
# std of a weight = gain/√fan_in. What a pair of convolutions adds to a residual block is smaller than the block's
# input. The pitch predictor's last layer makes frequencies of speech of it, some below the threshold of voicing.
GAINS = {
    "convs2": 0.4,
    "conv_pre": 0.4,
    "conv_post": 0.8,
    "classifier": 100.0,
    "l_linear": 10.0,
}
PITCH = 70.0
LOUDNESS = -1.5
"""Mean of the logarithm of a magnitude."""
MAGNITUDE, DIRECTION = "parametrizations.weight.original0", "parametrizations.weight.original1"
DIRECTION_SIZE = 3.0
"""By how much the direction of a normalised weight is longer than one: its length must not matter."""


def synthetic(config: HiftConfig, seed: int) -> dict[str, Tensor]:
    """The vocoder's float32 weights under their names in `hift.pt`; same config and seed, same values."""
    state = blank(lambda: Generator(config)).state_dict()
    generator = torch.Generator().manual_seed(seed)
    weights: dict[str, Tensor] = {}
    # The directions first: a magnitude is measured by the direction that it belongs to.
    for key in sorted(state, key=lambda key: (key.endswith(MAGNITUDE), key)):
        weights[key] = _draw(key, state[key].shape, weights, generator)
    weights["conv_post.bias"][: config.bins] += LOUDNESS
    weights["f0_predictor.classifier.bias"] += PITCH
    return {PREFIX + key: weights[key] for key in state}


def _draw(key: str, shape: torch.Size, weights: dict[str, Tensor], generator: torch.Generator) -> Tensor:
    drawn = torch.empty(shape).normal_(generator=generator)
    if key.endswith("alpha"):
        return (0.5 * drawn).exp()
    if key.endswith(MAGNITUDE):
        direction = weights[key.removesuffix(MAGNITUDE) + DIRECTION]
        length = torch.linalg.vector_norm(direction, dim=(1, 2), keepdim=True)
        return length / DIRECTION_SIZE * (0.2 * drawn).exp()
    if len(shape) == 1:
        return BIAS_STD * drawn
    size = DIRECTION_SIZE if key.endswith(DIRECTION) else 1.0
    return drawn * (size * _gain(key) / shape[1:].numel() ** 0.5)


def _gain(key: str) -> float:
    return next((gain for name, gain in GAINS.items() if name in key), 1.0)
