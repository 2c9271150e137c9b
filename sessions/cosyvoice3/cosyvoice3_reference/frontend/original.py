"""The functions that CosyVoice's own frontend calls, in place of ours: only their results are tapped.

The speaker network is none of them: CosyVoice has it as an ONNX file alone.
"""

import importlib
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from torch import Tensor

from cosyvoice3_reference.original import ROOT_VARIABLE

MATCHA = Path("third_party/Matcha-TTS")
PACKAGES = "torchaudio openai-whisper librosa lightning"

Compute = Callable[..., Any]


def chosen(ours: Compute, theirs: Callable[[], Compute]) -> Compute:
    """`theirs()` where COSYVOICE_ROOT is set, else ours; raises ModuleNotFoundError that says what to install."""
    return theirs() if ROOT_VARIABLE in os.environ else ours


def resample() -> Compute:
    """`torchaudio.transforms.Resample`, as `load_wav` calls it."""
    transforms = _imported("torchaudio.transforms")

    def both(wav: Tensor, rate: Tensor) -> tuple[Tensor, ...]:
        source = int(rate)
        return tuple(wav if to == source else transforms.Resample(source, to)(wav) for to in (16_000, 24_000))

    return both


def mel24k() -> Compute:
    """`matcha.utils.audio.mel_spectrogram` with the settings of `cosyvoice3.yaml`."""
    matcha = str(Path(os.environ[ROOT_VARIABLE]) / MATCHA)
    sys.path.insert(0, matcha)
    try:
        audio = _imported("matcha.utils.audio")
    finally:
        sys.path.remove(matcha)
    sizes = {"n_fft": 1920, "num_mels": 80, "sampling_rate": 24_000, "hop_size": 480, "win_size": 1920}
    return lambda wav: audio.mel_spectrogram(wav, **sizes, fmin=0, fmax=None, center=False)


def whisper_mel() -> Compute:
    """`whisper.log_mel_spectrogram` with 128 bands."""
    whisper = _imported("whisper")
    return lambda wav: whisper.log_mel_spectrogram(wav, n_mels=128)


def fbank() -> Compute:
    """`torchaudio.compliance.kaldi.fbank` and what CosyVoice does with it."""
    kaldi = _imported("torchaudio.compliance.kaldi")

    def centred(wav: Tensor) -> Tensor:
        bank: Tensor = kaldi.fbank(wav, num_mel_bins=80, dither=0, sample_frequency=16_000)
        return (bank - bank.mean(dim=0, keepdim=True))[None]

    return centred


def _imported(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"CosyVoice's frontend imports {error.name!r}, which is not there: give this interpreter {PACKAGES}, and "
            f"the checkout its submodules"
        ) from error
