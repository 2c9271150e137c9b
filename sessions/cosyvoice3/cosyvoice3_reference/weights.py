"""From a checkpoint's tensors to a loaded estimator."""

import re
from collections.abc import Callable, Mapping

from torch import Tensor, nn

from cosyvoice3_reference.blank import blank
from cosyvoice3_reference.config import DitConfig

PREFIX = "decoder.estimator."
BLOCK = re.compile(r"transformer_blocks\.(\d+)\.")


def load(make: Callable[[], nn.Module], weights: Mapping[str, Tensor], config: DitConfig) -> nn.Module:
    """Make the module and give it the estimator's weights, float32, for evaluation.

    Keys outside the prefix belong to other parts and are left out, as are blocks at or beyond `config.depth`, so
    that real weights can be tried at a smaller depth. Anything else that does not fit raises ValueError.
    """
    module = blank(make)
    own = _estimator(weights, config.depth)
    _require_fit({key: tuple(value.shape) for key, value in module.state_dict().items()}, own)
    module.load_state_dict(own, assign=True)
    return module.eval().requires_grad_(False)


def _estimator(weights: Mapping[str, Tensor], depth: int) -> dict[str, Tensor]:
    own = {key.removeprefix(PREFIX): value for key, value in weights.items() if key.startswith(PREFIX)}
    if not own:
        raise ValueError(f"flow.dit: no key of the checkpoint starts with {PREFIX!r}")
    blocks = 1 + max((_block(key) for key in own), default=-1)
    if blocks < depth:
        raise ValueError(f"flow.dit: the configuration asks for {depth} blocks, the checkpoint has {blocks}")
    return {key: value.float() for key, value in own.items() if _block(key) < depth}


def _block(key: str) -> int:
    match = BLOCK.match(key)
    return int(match[1]) if match else -1


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
        raise ValueError(f"flow.dit: the checkpoint does not fit below {PREFIX!r}: {'; '.join(problems[:5])}{more}")
