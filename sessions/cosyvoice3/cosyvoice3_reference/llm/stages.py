"""The stages of the language model."""

import os
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from cosyvoice3_reference.fit import fitted
from cosyvoice3_reference.llm import draws, original
from cosyvoice3_reference.llm import inputs as cases
from cosyvoice3_reference.llm.checkpoint import synthetic
from cosyvoice3_reference.llm.config import LmConfig, SamplingConfig
from cosyvoice3_reference.llm.lm import SpeechLm
from cosyvoice3_reference.llm.sampling import RasSampler
from cosyvoice3_reference.original import ROOT_VARIABLE
from workbench.reference import tap

Tensors = dict[str, Tensor]


class LlmPrefill:
    """Text and prompt tokens → the scores of the first token."""

    def build(self, weights: Tensors, config: dict[str, Any]) -> nn.Module:
        """The language model with its weights; raises ValueError when they do not fit."""
        sizes, root = LmConfig.read(config), os.environ.get(ROOT_VARIABLE)
        make = partial(original.make_lm, root, sizes) if root else partial(SpeechLm, sizes)
        return fitted(make, weights, "llm")

    def inputs(self, name: str, config: dict[str, Any]) -> Tensors:
        """text and prompt_speech; names in `cosyvoice3_reference/llm/inputs.py`."""
        return cases.prompted(name, LmConfig.read(config))

    def run(self, module: Any, inputs: Tensors) -> Tensors:
        """`logp` [1, speech vocab]."""
        return {"logp": module.scores(inputs["text"], inputs["prompt_speech"], [])[0]}


class LlmDecode(LlmPrefill):
    """The same, and then given tokens one by one behind the cached keys and values."""

    def inputs(self, name: str, config: dict[str, Any]) -> Tensors:
        """text, prompt_speech and tokens; names in `cosyvoice3_reference/llm/inputs.py`."""
        return cases.continued(name, LmConfig.read(config))

    def run(self, module: Any, inputs: Tensors) -> Tensors:
        """`logp` [N, speech vocab]: a row behind each of the N tokens."""
        scores = module.scores(inputs["text"], inputs["prompt_speech"], inputs["tokens"].tolist())
        return {"logp": torch.cat(scores[1:])}


class Llm:
    """The whole: text, prompt and noise → speech tokens."""

    def build(self, weights: Tensors, config: dict[str, Any]) -> nn.Module:
        """The language model with its weights, and its sampler; raises ValueError when they do not fit."""
        module = LlmPrefill().build(weights, config["model"])
        module.sampler = LlmSample().build({}, config["sampling"])
        return module

    def inputs(self, name: str, config: dict[str, Any]) -> Tensors:
        """prompt_text, text, prompt_speech, nucleus, redraw; names in `cosyvoice3_reference/llm/inputs.py`."""
        return cases.spoken(name, LmConfig.read(config["model"]), config["sampling"]["top_k"])

    def run(self, module: Any, inputs: Tensors) -> Tensors:
        """`tokens` [1, N], int64: at most as many as there is noise for."""

        def draw(scores: Tensor, decoded: list[int], early: bool) -> int:
            step = len(decoded)
            scores = tap("logp", scores)
            token: int = module.sampler.draw(scores, decoded, early, inputs["nucleus"][step], inputs["redraw"][step])
            return token

        given = (inputs["prompt_text"], inputs["text"], inputs["prompt_speech"])
        tokens = module.generate(draw, *given, most=len(inputs["nucleus"]))
        return {"tokens": torch.tensor([tokens], dtype=torch.int64)}


class LlmSample:
    """Scores and noise → tokens."""

    def build(self, weights: Tensors, config: dict[str, Any]) -> nn.Module:
        """The sampler, which has no weights."""
        parameters, root = SamplingConfig.read(config), os.environ.get(ROOT_VARIABLE)
        return original.make_sampler(root, parameters) if root else RasSampler(parameters)

    def inputs(self, name: str, config: dict[str, Any]) -> Tensors:
        """scores, decoded, min_len, nucleus, redraw; names in `cosyvoice3_reference/llm/draws.py`."""
        return draws.draws(name, SamplingConfig.read(config))

    def run(self, module: Any, inputs: Tensors) -> Tensors:
        """`tokens` [N], int64."""
        decoded, minimum = inputs["decoded"].tolist(), int(inputs["min_len"])
        tokens = module.sample(inputs["scores"], decoded, minimum, inputs["nucleus"], inputs["redraw"])
        return {"tokens": torch.tensor(tokens)}


STAGES = {"llm.prefill": LlmPrefill, "llm.decode": LlmDecode, "llm.sample": LlmSample, "llm": Llm}


def weights(config: dict[str, Any], seed: int) -> Tensors:
    """Synthetic weights under the names that `llm.pt` gives them."""
    return synthetic(LmConfig.read(config["llm"]["model"]), seed)
