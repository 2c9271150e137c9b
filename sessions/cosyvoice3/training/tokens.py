"""What the speech tokens of the recordings sound like.

`data/*.tokens.json` is the language that the small tokenizer, language model and flow share: what the small tokenizer
heard with its synthetic weights, before it was taught anything.
"""

import torch
from cosyvoice3_reference.speech import mel_of
from cosyvoice3_reference.tokens import tokens_of
from torch import Tensor

FILES = ("arctic_a0007.wav", "librivox_0870.wav")


def spectra(file: str) -> Tensor:
    """[N, 160] float64: two frames of log-mel side by side, for each token."""
    mel = mel_of(file).double()[:, : 2 * len(tokens_of(file))]
    return mel.T.reshape(-1, 2 * mel.shape[0])


def typical() -> dict[int, Tensor]:
    """By token: the mean [160] of the spectra that it stands for."""
    points = torch.cat([spectra(file) for file in FILES])
    tokens = torch.cat([tokens_of(file) for file in FILES])
    return {int(token): points[tokens == token].mean(dim=0) for token in tokens.unique()}
