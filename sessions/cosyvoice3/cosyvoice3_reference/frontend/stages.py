"""The frontend's stages without weights."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from cosyvoice3_reference.frontend import fbank, inputs, mel24k, original, prompt, whisper_mel
from cosyvoice3_reference.frontend.resample import resample
from cosyvoice3_reference.speech import RECORDED

Tensors = dict[str, Tensor]


class Computed(nn.Module):
    """A function as a module without weights."""

    def __init__(self, compute: Callable[..., Any]) -> None:
        super().__init__()
        self.compute = compute

    def forward(self, *tensors: Tensor) -> Any:
        """What the function makes of the tensors."""
        return self.compute(*tensors)


class Resample:
    """The recording at the two rates that the rest of the frontend works at."""

    def build(self, weights: Tensors, config: dict[str, Any]) -> nn.Module:
        """No weights, no configuration."""
        return Computed(original.chosen(resample_both, original.resample))

    def inputs(self, name: str, config: dict[str, Any]) -> Tensors:
        """`wav` float32 [1, L] and its `rate` int64 [1] in Hz; `at_44100` is the piece `arctic_short` at that rate."""
        if name == prompt.CHAIN:
            wav, rate = prompt.prompt()
            return {"wav": wav, "rate": torch.tensor([rate])}
        rate = int(name.removeprefix("at_")) if name.startswith("at_") else RECORDED
        piece = "arctic_short" if name.startswith("at_") else name
        return {"wav": inputs.wav(piece, rate, shortest=2), "rate": torch.tensor([rate])}

    def run(self, module: nn.Module, inputs: Tensors) -> Tensors:
        """`wav16k`, `wav24k`, each [1, L]; the wav itself where it has the rate."""
        return dict(zip(("wav16k", "wav24k"), module(inputs["wav"], inputs["rate"]), strict=True))


def resample_both(wav: Tensor, rate: Tensor) -> tuple[Tensor, Tensor]:
    """wav [1, L] at `rate` [1] Hz → the same at 16 and at 24 kHz."""
    low, high = (resample(wav, int(rate), target) for target in (whisper_mel.SAMPLE_RATE, mel24k.SAMPLE_RATE))
    return low, high


class Mel24k:
    """The prompt's mel."""

    def build(self, weights: Tensors, config: dict[str, Any]) -> nn.Module:
        """No weights, no configuration."""
        return Computed(original.chosen(mel24k.mel24k, original.mel24k))

    def inputs(self, name: str, config: dict[str, Any]) -> Tensors:
        """`wav24k` [1, L]; names in `inputs.py`."""
        return {"wav24k": inputs.wav(name, mel24k.SAMPLE_RATE, shortest=mel24k.SHORTEST)}

    def run(self, module: nn.Module, inputs: Tensors) -> Tensors:
        """`speech_feat` [1, T, 80]."""
        return {"speech_feat": module(inputs["wav24k"]).transpose(1, 2)}


class WhisperMel:
    """What the speech tokens are made of."""

    def build(self, weights: Tensors, config: dict[str, Any]) -> nn.Module:
        """No weights, no configuration."""
        return Computed(original.chosen(whisper_mel.whisper_mel, original.whisper_mel))

    def inputs(self, name: str, config: dict[str, Any]) -> Tensors:
        """`wav16k` [1, L]; names in `inputs.py`."""
        return {"wav16k": inputs.wav(name, whisper_mel.SAMPLE_RATE, shortest=whisper_mel.SHORTEST)}

    def run(self, module: nn.Module, inputs: Tensors) -> Tensors:
        """`whisper_mel` [1, 128, T]."""
        return {"whisper_mel": module(inputs["wav16k"])}


class Fbank:
    """What the speaker embedding is made of."""

    def build(self, weights: Tensors, config: dict[str, Any]) -> nn.Module:
        """No weights, no configuration."""
        return Computed(original.chosen(fbank.fbank, original.fbank))

    def inputs(self, name: str, config: dict[str, Any]) -> Tensors:
        """`wav16k` [1, L]; names in `inputs.py`."""
        return {"wav16k": inputs.wav(name, fbank.SAMPLE_RATE, shortest=fbank.SHORTEST)}

    def run(self, module: nn.Module, inputs: Tensors) -> Tensors:
        """`fbank` [1, T, 80]."""
        return {"fbank": module(inputs["wav16k"])}


STAGES = {
    "frontend.resample": Resample,
    "frontend.mel24k": Mel24k,
    "frontend.whisper_mel": WhisperMel,
    "frontend.fbank": Fbank,
}
