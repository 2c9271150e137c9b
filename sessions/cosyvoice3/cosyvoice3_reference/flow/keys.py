"""What of `flow.pt` each stage of the flow takes."""

from cosyvoice3_reference.config import DitConfig
from cosyvoice3_reference.weights import Part

DECODER = "decoder."
ESTIMATOR = f"{DECODER}estimator."
EMBED = Part("flow.embed", heads=("input_embedding.", "spk_embed_affine_layer.", "pre_lookahead_layer."))


def dit(config: DitConfig) -> Part:
    """The estimator's."""
    return Part("flow.dit", ESTIMATOR, depth=config.depth)


def cfm(config: DitConfig) -> Part:
    """The decoder's, which is the estimator's under another prefix."""
    return Part("flow.cfm", DECODER, depth=config.depth)


def whole(config: DitConfig) -> Part:
    """All of it."""
    return Part("flow", depth=config.depth)
