"""Synthetic weights of the language model: seeded, and activations of sensible size at any depth."""

from torch import Tensor

from cosyvoice3_reference.drawn import Gains
from cosyvoice3_reference.llm.config import LmConfig
from cosyvoice3_reference.llm.lm import SpeechLm

# std of a weight = gain/√fan_in, of an embedding = gain. What is added to the residual is kept below it, so that many
# layers do not swamp the input. 1.5 in q and k makes the softmax choose; 3 makes some next tokens much likelier.
GAINS = {
    "embed_tokens.weight": 1.0,
    "speech_embedding.weight": 1.0,
    "q_proj.weight": 1.5,
    "k_proj.weight": 1.5,
    "o_proj.weight": 0.7,
    "down_proj.weight": 0.8,
    "llm_decoder.weight": 3.0,
}
EMBEDDINGS = ("embed_tokens.weight", "speech_embedding.weight")


def synthetic(config: LmConfig, seed: int) -> dict[str, Tensor]:
    """The float32 weights under their names in `llm.pt`; same config and seed, same values."""
    return Gains(GAINS, "norm.weight", EMBEDDINGS).draw(lambda: SpeechLm(config), seed)
