"""Reference of CosyVoice3: the DiT that estimates the flow's velocity.

With COSYVOICE_ROOT set to a checkout of CosyVoice, its own modules run in place of ours, under the same taps.
"""

import os
from functools import partial
from typing import Any

from cosyvoice3_reference import inputs as cases
from cosyvoice3_reference import original
from cosyvoice3_reference.checkpoint import synthetic
from cosyvoice3_reference.config import DitConfig
from cosyvoice3_reference.flow.dit import Dit
from cosyvoice3_reference.weights import load
from torch import Tensor, nn

from workbench.reference import checkpoint, stage


@checkpoint("flow")
def flow_weights(config: dict[str, Any], seed: int) -> dict[str, Tensor]:
    """Synthetic weights under the names that `flow.pt` gives them."""
    return synthetic(DitConfig.read(config["flow"]["dit"]), seed)


@stage("flow.dit")
class FlowDit:
    """One call of the estimator with the two rows of classifier-free guidance."""

    def build(self, weights: dict[str, Tensor], config: dict[str, int]) -> nn.Module:
        """The estimator with its weights; raises ValueError when they do not fit."""
        sizes = DitConfig.read(config)
        root = os.environ.get(original.ROOT_VARIABLE)
        make = partial(original.make, root, sizes) if root else partial(Dit, sizes)
        return load(make, weights, sizes)

    def inputs(self, name: str, config: dict[str, int]) -> dict[str, Tensor]:
        """x, mask, mu, t, spks, cond, streaming; names in `cosyvoice3_reference/inputs.py`."""
        return cases.make(name, DitConfig.read(config))

    def run(self, module: nn.Module, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """`velocity` [2, 80, T]."""
        tensors = {name: tensor for name, tensor in inputs.items() if name != "streaming"}
        return {"velocity": module(**tensors, streaming=bool(inputs["streaming"].item()))}
