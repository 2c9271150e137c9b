"""Makes the speech tokens of the recordings: which of 128 typical spectra each 40 ms is nearest to.

    python sessions/cosyvoice3/training/tokens.py

They stand for what a speech tokenizer gives, until a trained one is at hand.
"""

import json
import sys
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional as F

SESSION = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(SESSION), str(SESSION.parents[1])]

from cosyvoice3_reference.speech import DATA, mel_of  # noqa: E402

SEED = 1986
CODES = 128
ROUNDS = 100
FILES = ("arctic_a0007.wav", "librivox_0870.wav")


def spectra(file: str) -> Tensor:
    """[N, 160] float64: two frames of log-mel side by side, 25 times a second."""
    mel = mel_of(file).double()
    return mel[:, : mel.shape[1] // 2 * 2].T.reshape(-1, 2 * mel.shape[0])


def codes(points: Tensor) -> Tensor:
    """[CODES, 160]: k-means, begun with points that lie far from each other."""
    centres = points[:1]
    for _ in range(CODES - 1):
        centres = torch.cat((centres, points[torch.cdist(points, centres).min(dim=1).values.argmax()][None]))
    for _ in range(ROUNDS):
        nearest = F.one_hot(torch.cdist(points, centres).argmin(dim=1), CODES).double()
        centres = (nearest.T @ points) / nearest.sum(dim=0)[:, None].clamp(min=1)
    return centres


def main() -> None:
    """Write `data/<recording>.tokens.json`."""
    points = {file: spectra(file) for file in FILES}
    centres = codes(torch.cat(list(points.values())))
    # Spread over the vocabulary, so that a token is no small number by accident.
    names = torch.randperm(6561, generator=torch.Generator().manual_seed(SEED))[:CODES]
    for file, each in points.items():
        tokens = names[torch.cdist(each, centres).argmin(dim=1)].tolist()
        (DATA / file).with_suffix(".tokens.json").write_text(json.dumps({"rate": 25, "tokens": tokens}) + "\n")
        print(f"{file}: {len(tokens)} tokens, {len(set(tokens))} different")


if __name__ == "__main__":
    main()
