"""The stage of the speech tokenizer."""

from typing import Any

from torch import Tensor, nn

from cosyvoice3_reference.fit import fitted
from cosyvoice3_reference.tokenizer import inputs as cases
from cosyvoice3_reference.tokenizer.checkpoint import synthetic
from cosyvoice3_reference.tokenizer.config import TokenizerConfig
from cosyvoice3_reference.tokenizer.tokenizer import SpeechTokenizer

Tensors = dict[str, Tensor]


class FrontendTokens:
    """Whisper's log-mel → speech tokens."""

    def build(self, weights: Tensors, config: dict[str, Any]) -> nn.Module:
        """The tokenizer with its weights; raises ValueError when they do not fit."""
        sizes = TokenizerConfig.read(config)
        return fitted(lambda: SpeechTokenizer(sizes), weights, "frontend.tokens")

    def inputs(self, name: str, config: dict[str, Any]) -> Tensors:
        """mel and length; names in `cosyvoice3_reference/tokenizer/inputs.py`."""
        return cases.make(name)

    def run(self, module: nn.Module, inputs: Tensors) -> Tensors:
        """`tokens` [1, ⌈T/4⌉] and `count` [1], how many of them are no padding, int64."""
        tokens, count = module(inputs["mel"], inputs["length"])
        return {"tokens": tokens.long(), "count": count}


STAGES = {"frontend.tokens": FrontendTokens}


def weights(config: dict[str, Any], seed: int) -> Tensors:
    """Synthetic weights under the names that s3tokenizer gives them."""
    return synthetic(TokenizerConfig.read(config["tokenizer"]), seed)
