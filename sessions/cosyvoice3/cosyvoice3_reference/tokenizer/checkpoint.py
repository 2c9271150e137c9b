"""Synthetic weights of the tokenizer: seeded, and tokens that vary with what is heard."""

from torch import Tensor

from cosyvoice3_reference.drawn import Gains
from cosyvoice3_reference.tokenizer.config import TokenizerConfig
from cosyvoice3_reference.tokenizer.tokenizer import SpeechTokenizer

# std of a weight = gain/√fan_in. GELU shrinks what it passes, hence gains above one before it. What is added to the
# residual is kept below it, so that many layers do not swamp the input; q and k make the softmax choose; 0.9 in the
# last projection gives each level about a third of the positions.
GAINS = {
    "conv1.weight": 2.0,
    "conv2.weight": 1.7,
    "attn.query.weight": 1.5,
    "attn.key.weight": 1.5,
    "attn.out.weight": 0.5,
    "fsmn_block.weight": 0.5,
    "attn.value.weight": 0.7,
    "mlp.2.weight": 0.7,
    "project_down.weight": 0.9,
}


def synthetic(config: TokenizerConfig, seed: int) -> dict[str, Tensor]:
    """The float32 weights under s3tokenizer's names; same config and seed, same values."""
    return Gains(GAINS, "_ln.weight").draw(lambda: SpeechTokenizer(config), seed)
