"""From a checkpoint's tensors to a loaded module."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from torch import Tensor, nn

from cosyvoice3_reference.blank import blank
from cosyvoice3_reference.fit import require_fit

BLOCK = re.compile(r"transformer_blocks\.(\d+)\.")


@dataclass(frozen=True)
class Part:
    """What of a checkpoint a stage takes: the keys below `prefix`, of them those that start with one of `heads`.

    Blocks at or beyond `depth` are left out, so that real weights can be tried at a smaller depth.
    """

    stage: str
    prefix: str = ""
    heads: tuple[str, ...] = ("",)
    depth: int = 0

    def of(self, weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """The part's weights, float32, without the prefix; raises ValueError for none, and for too few blocks."""
        below = {key.removeprefix(self.prefix): value for key, value in weights.items() if key.startswith(self.prefix)}
        own = {key: value for key, value in below.items() if key.startswith(self.heads)}
        if not own:
            wanted = " or ".join(repr(self.prefix + head) for head in self.heads)
            raise ValueError(f"{self.stage}: no key of the checkpoint starts with {wanted}")
        blocks = 1 + max(map(_block, own))
        if blocks < self.depth:
            raise ValueError(
                f"{self.stage}: the configuration asks for {self.depth} blocks, the checkpoint has {blocks}"
            )
        return {key: value.float() for key, value in own.items() if _block(key) < max(self.depth, 1)}


def load(make: Callable[[], nn.Module], weights: Mapping[str, Tensor], part: Part) -> nn.Module:
    """Make the module and give it its weights for evaluation.

    Keys of other parts are left out. Anything else that does not fit raises ValueError.
    """
    module = blank(make)
    own = part.of(weights)
    where = f" below {part.prefix!r}" if part.prefix else ""
    require_fit(module, own, f"{part.stage}: the checkpoint does not fit{where}")
    module.load_state_dict(own, assign=True)
    return module.eval().requires_grad_(False)


def _block(key: str) -> int:
    match = BLOCK.search(key)
    return int(match[1]) if match else -1
