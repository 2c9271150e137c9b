"""Speech tokens of the recordings, 25 a second."""

import json

import torch
from torch import Tensor

from cosyvoice3_reference.speech import DATA

TOKEN_RATE = 25


def tokens_of(file: str, start: float = 0.0, seconds: float | None = None) -> Tensor:
    """int64 [N]: the tokens of a piece of a recording below `data/`; start and length in seconds, None = to its end."""
    tokens = json.loads((DATA / file).with_suffix(".tokens.json").read_text())["tokens"]
    first = round(start * TOKEN_RATE)
    last = None if seconds is None else first + round(seconds * TOKEN_RATE)
    return torch.tensor(tokens[first:last])
