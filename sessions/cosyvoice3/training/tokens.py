"""Writes the speech tokens of the recordings, as the session's small tokenizer with its synthetic weights gives them.

    python sessions/cosyvoice3/training/tokens.py

Its weights are random, so its tokens mean nothing to anybody; but they are the same every time, and two sounds rarely
have the same one. The small flow is trained on them.
"""

import json
import sys
from pathlib import Path

import torch

SESSION = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(SESSION), str(SESSION.parents[1])]

from cosyvoice3_reference.speech import DATA, mel_of  # noqa: E402
from cosyvoice3_reference.tokenizer import stages  # noqa: E402

SEED = 1986
FILES = {"arctic": "arctic_a0007.wav", "librivox": "librivox_0870.wav"}


def main() -> None:
    """Write `data/<recording>.tokens.json`: as many tokens as there are pairs of mel frames."""
    config = json.loads((SESSION / "small.json").read_text())
    stage = stages.FrontendTokens()
    module = stage.build(stages.weights(config, SEED), config["tokenizer"])
    for name, file in FILES.items():
        with torch.no_grad():
            tokens = stage.run(module, stage.inputs(name, config["tokenizer"]))["tokens"][0].tolist()
        kept = tokens[: mel_of(file).shape[1] // 2]
        (DATA / file).with_suffix(".tokens.json").write_text(json.dumps({"rate": 25, "tokens": kept}) + "\n")
        print(f"{file}: {len(kept)} tokens, {len(set(kept))} different")


if __name__ == "__main__":
    main()
