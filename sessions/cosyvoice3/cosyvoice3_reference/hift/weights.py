"""From a checkpoint's tensors to a loaded vocoder."""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from cosyvoice3_reference.blank import blank

PREFIX = "generator."


def load(make: Callable[[], nn.Module], weights: Mapping[str, Tensor]) -> nn.Module:
    """Make the generator and give it its weights for evaluation: float32, those of the pitch predictor float64.

    A checkpoint that was trained with discriminators has `generator.` before its own keys, and theirs beside them.
    Raises ValueError for weights that do not fit.
    """
    module = blank(make)
    own = {key.removeprefix(PREFIX): value.float() for key, value in weights.items() if key.startswith(PREFIX)}
    own = own or {key: value.float() for key, value in weights.items()}
    _require_fit({key: tuple(value.shape) for key, value in module.state_dict().items()}, own)
    module.load_state_dict(own, assign=True)
    # Phase is a sum over all frames before, so that CosyVoice computes the pitch in float64 (generator.py:716).
    module.get_submodule("f0_predictor").to(torch.float64)
    return module.eval().requires_grad_(False)


def _require_fit(expected: Mapping[str, tuple[int, ...]], own: Mapping[str, Tensor]) -> None:
    problems = [f"{key} is missing" for key in expected if key not in own]
    problems += [f"{key} belongs to no layer" for key in own if key not in expected]
    problems += [
        f"{key} is {list(own[key].shape)} where the configuration makes it {list(shape)}"
        for key, shape in expected.items()
        if key in own and tuple(own[key].shape) != shape
    ]
    if problems:
        more = f" and {len(problems) - 5} more" if len(problems) > 5 else ""
        raise ValueError(f"hift: the checkpoint does not fit: {'; '.join(problems[:5])}{more}")
