"""The stage `frontend.speaker`."""

from typing import Any

from torch import Tensor, nn

from cosyvoice3_reference.frontend import inputs as cases
from cosyvoice3_reference.frontend.fbank import FRAME, HOP, SAMPLE_RATE, fbank
from cosyvoice3_reference.frontend.speaker import weights as own
from cosyvoice3_reference.frontend.speaker.config import SpeakerConfig

SHORTEST = FRAME + 2 * HOP
"""Samples: three frames, of which the network makes two, which have a standard deviation."""


class Speaker:
    """The embedding of the prompt's speaker."""

    def build(self, weights: dict[str, Tensor], config: dict[str, Any]) -> nn.Module:
        """CAM++ with its weights; raises ValueError when they do not fit."""
        return own.load(weights, SpeakerConfig.read(config))

    def inputs(self, name: str, config: dict[str, Any]) -> dict[str, Tensor]:
        """`fbank` [1, T, 80]; names in `../inputs.py`."""
        return {"fbank": fbank(cases.wav(name, SAMPLE_RATE, shortest=SHORTEST))}

    def run(self, module: nn.Module, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """`speaker_embedding` [1, 192]."""
        return {"speaker_embedding": module(inputs["fbank"])}


STAGES = {"frontend.speaker": Speaker}


def weights(config: dict[str, Any], seed: int) -> dict[str, Tensor]:
    """Synthetic weights under the names of `campplus_cn_common.bin`."""
    return own.synthetic(SpeakerConfig.read(config["speaker"]), seed)
