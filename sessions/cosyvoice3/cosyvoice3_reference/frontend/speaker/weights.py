"""CAM++'s weights: loaded, or synthetic."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from cosyvoice3_reference.blank import blank
from cosyvoice3_reference.frontend.speaker.campplus import CamPlusPlus
from cosyvoice3_reference.frontend.speaker.config import SpeakerConfig


def load(weights: Mapping[str, Tensor], config: SpeakerConfig) -> nn.Module:
    """CAM++ for evaluation; raises ValueError that names the keys that do not fit."""
    module = blank(lambda: CamPlusPlus(config))
    try:
        module.load_state_dict(dict(weights), assign=True)
    except RuntimeError as error:
        raise ValueError(f"frontend.speaker: the checkpoint does not fit: {error}") from error
    return module.eval().requires_grad_(False)


def synthetic(config: SpeakerConfig, seed: int) -> dict[str, Tensor]:
    """Weights under the names of the published checkpoint; same config and seed, same values.

    The norms' statistics are those of the activations that filter banks of noise cause.
    """
    module = blank(lambda: CamPlusPlus(config))
    generator = torch.Generator().manual_seed(seed)
    drawn = {key: _drawn(key, value, generator) for key, value in module.state_dict().items()}
    module.load_state_dict(drawn, assign=True)
    for norm in module.modules():
        if isinstance(norm, nn.modules.batchnorm._BatchNorm):
            norm.reset_running_stats()
            norm.momentum = None  # The running statistics are those of all batches alike.
    with torch.no_grad():
        module.train()(_filter_banks(config.bands, generator))
    return {key: value.detach() for key, value in module.state_dict().items()}


def _filter_banks(bands: int, generator: torch.Generator) -> Tensor:
    """Noise of eight spreads, every other one with a gap of silence, each band minus its mean: [8, 100, bands]."""
    banks = torch.linspace(0.5, 6, 8)[:, None, None] * torch.randn(8, 100, bands, generator=generator)
    banks[::2, 33:66] -= 15
    return banks - banks.mean(dim=1, keepdim=True)


def _drawn(key: str, value: Tensor, generator: torch.Generator) -> Tensor:
    if value.dim() == 0:
        return value
    if value.dim() > 1:
        return torch.empty(value.shape).normal_(0, (2 / value[0].numel()) ** 0.5, generator=generator)
    return torch.empty(value.shape).normal_(float(key.endswith("weight")), 0.2, generator=generator)
