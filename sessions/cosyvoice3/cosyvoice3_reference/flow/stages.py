"""The stages of the flow."""

import os
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from cosyvoice3_reference import flow_inputs, inputs, original, original_flow
from cosyvoice3_reference.checkpoint import synthetic
from cosyvoice3_reference.config import DitConfig, EmbedConfig, FlowConfig
from cosyvoice3_reference.flow import keys
from cosyvoice3_reference.flow.cfm import Cfm
from cosyvoice3_reference.flow.dit import Dit
from cosyvoice3_reference.flow.embed import Conditions, Embed
from cosyvoice3_reference.flow.whole import Flow
from cosyvoice3_reference.weights import load

Tensors = dict[str, Tensor]
FLAGS = ("streaming", "finalize")


class FlowEmbed:
    """What the estimator is conditioned on."""

    def build(self, weights: Tensors, config: dict[str, int]) -> nn.Module:
        """The embeddings with their weights; raises ValueError when they do not fit."""
        return load(_made(Embed, original_flow.embed, EmbedConfig.read(config)), weights, keys.EMBED)

    def inputs(self, name: str, config: dict[str, int]) -> Tensors:
        """Names and their inputs in `cosyvoice3_reference/flow_inputs.py`."""
        return flow_inputs.embed(name, EmbedConfig.read(config))

    def run(self, module: nn.Module, inputs: Tensors) -> Tensors:
        """mu and cond [1, 80, T], spks [1, 80], `known` [1]: how many of the frames are the prompt's."""
        made = module.conditions(**_called(inputs))
        return {**made._asdict(), "known": torch.tensor([inputs["prompt_feat"].shape[1]])}


class FlowDit:
    """One call of the estimator with the two rows of classifier-free guidance."""

    def build(self, weights: Tensors, config: dict[str, int]) -> nn.Module:
        """The estimator with its weights; raises ValueError when they do not fit."""
        sizes = DitConfig.read(config)
        return load(_made(Dit, original.make, sizes), weights, keys.dit(sizes))

    def inputs(self, name: str, config: dict[str, int]) -> Tensors:
        """x, mask, mu, t, spks, cond, streaming; names in `cosyvoice3_reference/inputs.py`."""
        return inputs.make(name, DitConfig.read(config))

    def run(self, module: nn.Module, inputs: Tensors) -> Tensors:
        """`velocity` [2, 80, T]."""
        return {"velocity": module(**_called(inputs))}


class FlowCfm:
    """From noise to the mel of what follows the prompt."""

    def build(self, weights: Tensors, config: dict[str, Any]) -> nn.Module:
        """The decoder with its weights; raises ValueError when they do not fit."""
        sizes = FlowConfig.read(config)
        return load(_made(Cfm, original_flow.cfm, sizes), weights, keys.cfm(sizes.dit))

    def inputs(self, name: str, config: dict[str, Any]) -> Tensors:
        """Names and their inputs in `cosyvoice3_reference/flow_inputs.py`."""
        return flow_inputs.cfm(name, FlowConfig.read(config))

    def run(self, module: nn.Module, inputs: Tensors) -> Tensors:
        """`feat` [1, 80, T − known]."""
        given = Conditions(**{name: inputs[name] for name in Conditions._fields})
        feat, _ = module(inputs["noise"], given, _flag(inputs["streaming"]))
        return {"feat": feat[:, :, int(inputs["known"]) :]}


class WholeFlow:
    """From tokens to the mel of what follows the prompt."""

    def build(self, weights: Tensors, config: dict[str, Any]) -> nn.Module:
        """The flow with its weights; raises ValueError when they do not fit."""
        sizes = FlowConfig.read(config)
        return load(_made(Flow, original_flow.whole, sizes), weights, keys.whole(sizes.dit))

    def inputs(self, name: str, config: dict[str, Any]) -> Tensors:
        """Names and their inputs in `cosyvoice3_reference/flow_inputs.py`."""
        return flow_inputs.whole(name, FlowConfig.read(config))

    def run(self, module: nn.Module, inputs: Tensors) -> Tensors:
        """`feat` [1, 80, T − F]."""
        return {"feat": module(**_called(inputs))}


STAGES = {"flow.embed": FlowEmbed, "flow.dit": FlowDit, "flow.cfm": FlowCfm, "flow": WholeFlow}


def weights(config: Mapping[str, Any], seed: int) -> Tensors:
    """Synthetic weights under the names that `flow.pt` gives them."""
    return synthetic(FlowConfig.read(config["flow"]), seed)


def _made(ours: Callable[[Any], nn.Module], theirs: Callable[[str, Any], nn.Module], sizes: Any) -> Any:
    """What makes the module: CosyVoice's own sources where COSYVOICE_ROOT names them."""
    root = os.environ.get(original.ROOT_VARIABLE)
    return partial(theirs, root, sizes) if root else partial(ours, sizes)


def _called(inputs: Tensors) -> dict[str, Any]:
    return {name: _flag(tensor) if name in FLAGS else tensor for name, tensor in inputs.items()}


def _flag(tensor: Tensor) -> bool:
    return bool(tensor.item())
