"""From a checkpoint's tensors to a loaded vocoder."""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from cosyvoice3_reference.blank import blank
from cosyvoice3_reference.fit import require_fit

PREFIX = "generator."


def load(make: Callable[[], nn.Module], weights: Mapping[str, Tensor]) -> nn.Module:
    """Make the generator and give it its weights for evaluation: float32, those of the pitch predictor float64.

    A checkpoint that was trained with discriminators has `generator.` before its own keys, and theirs beside them.
    Raises ValueError for weights that do not fit.
    """
    module = blank(make)
    own = {key.removeprefix(PREFIX): value.float() for key, value in weights.items() if key.startswith(PREFIX)}
    own = own or {key: value.float() for key, value in weights.items()}
    require_fit(module, own, "hift: the checkpoint does not fit")
    module.load_state_dict(own, assign=True)
    # Phase is a sum over all frames before, so that CosyVoice computes the pitch in float64 (generator.py:716).
    module.get_submodule("f0_predictor").to(torch.float64)
    return module.eval().requires_grad_(False)
