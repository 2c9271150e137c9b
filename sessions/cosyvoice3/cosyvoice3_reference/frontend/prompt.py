"""The prompt: the wav that a chain begins with, and its tokens and mel made equally long."""

import os
import wave
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from cosyvoice3_reference.frontend.mel24k import mel24k
from cosyvoice3_reference.frontend.resample import resample
from cosyvoice3_reference.frontend.whisper_mel import HOP, SAMPLE_RATE
from cosyvoice3_reference.speech import DATA, RECORDED, piece_of
from cosyvoice3_reference.tokens import tokens_of

CHAIN = "chain"
"""The input that is spoken from the prompt's wav to the audio."""
VARIABLE = "PROMPT_WAV"
PROMPT = "librivox_0870.wav"
LOWEST_RATE, LONGEST = 16_000, 30
"""Hz and seconds that a prompt may have."""
FRAMES = 2
"""Mel frames of one token."""
CASES = {"arctic": "arctic_a0007.wav", "librivox": "librivox_0870.wav"}
"""Of `librivox` the mel is a frame too long, in `few` tokens are missing."""


def prompt() -> tuple[Tensor, int]:
    """float32 [1, L] and its rate in Hz: PROMPT_WAV, or a recording of ours. Raises ValueError."""
    path = Path(os.environ.get(VARIABLE) or DATA / PROMPT)
    try:
        with wave.open(str(path)) as file:
            channels, width, rate = file.getnchannels(), file.getsampwidth(), file.getframerate()
            content = file.readframes(file.getnframes())
    except (OSError, EOFError, wave.Error) as error:
        why = str(error) or "it ends too soon"
        raise ValueError(f"{path} cannot be read as a wav of whole numbers, {why}: name another file") from error
    samples = len(content) // (channels * width)
    if not samples:
        raise ValueError(f"{path} has no samples: name another file")
    if rate < LOWEST_RATE:
        raise ValueError(f"{path} has {rate} Hz: a prompt needs {LOWEST_RATE} or more")
    if samples > LONGEST * rate:
        raise ValueError(f"{path} lasts {samples / rate:.1f} s: a prompt may last {LONGEST}")
    return _decoded(content, width).view(1, samples, channels).mean(dim=2), rate


def frames() -> int:
    """How many frames the prompt's Whisper mel has."""
    wav, rate = prompt()
    return -(-wav.shape[1] * SAMPLE_RATE // rate) // HOP


def _decoded(content: bytes, width: int) -> Tensor:
    """Little-endian whole numbers of so many bytes → float32 in ±1; one byte alone is unsigned."""
    digits = torch.frombuffer(bytearray(content), dtype=torch.uint8).view(-1, width).long()
    value = (digits << (8 * torch.arange(width))).sum(dim=1)
    half = 1 << (8 * width - 1)
    signed = value - half if width == 1 else (value + half) % (2 * half) - half
    return (signed.double() / half).float()


class Trimmed(nn.Module):
    """Tokens [1, P] and mel [1, F, 80] → as many tokens as there are pairs of frames, and their frames."""

    def forward(self, tokens: Tensor, mel: Tensor) -> tuple[Tensor, Tensor]:
        """Cut the longer one."""
        count = min(tokens.shape[1], mel.shape[1] // FRAMES)
        return tokens[:, :count].long(), mel[:, : FRAMES * count]


class Prompt:
    """The prompt's tokens and mel, equally long."""

    def build(self, weights: dict[str, Tensor], config: dict[str, Any]) -> nn.Module:
        """No weights, no configuration."""
        return Trimmed()

    def inputs(self, name: str, config: dict[str, Any]) -> dict[str, Tensor]:
        """`tokens` int32 [1, P] and `speech_feat` [1, F, 80]; both are other stages' in the chain."""
        if name == CHAIN:
            return {"tokens": torch.zeros(1, 1, dtype=torch.int32)}
        file = CASES["arctic" if name == "few" else name]
        tokens, mel = tokens_of(file)[None].int(), mel24k(resample(piece_of(file), RECORDED, 24_000)).transpose(1, 2)
        return {"tokens": tokens[:, :-7] if name == "few" else tokens, "speech_feat": mel}

    def run(self, module: nn.Module, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
        """`prompt_token` int64 [1, N] and `prompt_feat` [1, 2·N, 80]."""
        token, feat = module(inputs["tokens"], inputs["speech_feat"])
        return {"prompt_token": token, "prompt_feat": feat}


STAGES = {"frontend.prompt": Prompt}
