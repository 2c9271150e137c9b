"""The flow made from CosyVoice's own sources, with taps under the names of ours."""

import importlib
from functools import cache
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn

from cosyvoice3_reference import original
from cosyvoice3_reference.config import EmbedConfig, FlowConfig
from cosyvoice3_reference.flow.embed import Conditions
from workbench.reference import tap


class _Base(nn.Module):
    """What CosyVoice's decoder takes from Matcha-TTS: a module with a sigma, which only training reads."""

    def __init__(self, n_feats: int, cfm_params: Any, n_spks: int = 1, spk_emb_dim: int = 128) -> None:
        super().__init__()
        self.sigma_min = cfm_params.sigma_min


class _Conditions(nn.Module):
    """Stands where the decoder is, keeps what that is given, and gives back something of the mel's shape."""

    given: Conditions

    def forward(self, mu: Tensor, mask: Tensor, spks: Tensor, cond: Tensor, **_: Any) -> tuple[Tensor, None]:
        self.given = Conditions(mu, spks, cond)
        return cond, None


UNUSED = {
    "omegaconf": {"DictConfig": dict},
    "matcha": {},
    "matcha.models": {},
    "matcha.models.components": {},
    "matcha.models.components.flow_matching": {"BASECFM": _Base},
    "cosyvoice.utils.onnx": {"SpeechTokenExtractor": None, "online_feature": False, "onnx_path": None},
    "cosyvoice.utils.class_utils": dict.fromkeys(
        f"COSYVOICE_{kind}_CLASSES" for kind in ("EMB", "SUBSAMPLE", "ATTENTION", "ACTIVATION")
    ),
}
"""What the sources of the flow import for training, for other models, or for the tokenizer."""


class OriginalEmbed(nn.Module):
    """CosyVoice's `CausalMaskedDiffWithDiT` without a decoder, called as our `Embed`."""

    def __init__(self, flow: nn.Module) -> None:
        super().__init__()
        self.__dict__["flow"] = flow
        for name, child in flow.named_children():
            if name != "decoder":
                self.add_module(name, child)

    def conditions(
        self, token: Tensor, prompt_token: Tensor, prompt_feat: Tensor, embedding: Tensor, finalize: bool
    ) -> Conditions:
        """As `Embed.conditions`."""
        _infer(self.flow, token, prompt_token, prompt_feat, embedding, finalize, streaming=False)
        return self.flow.decoder.given


class OriginalFlow(nn.Module):
    """CosyVoice's `CausalMaskedDiffWithDiT`, called as our `Flow`."""

    def __init__(self, flow: nn.Module) -> None:
        super().__init__()
        self.__dict__["flow"] = flow
        for name, child in flow.named_children():
            self.add_module(name, child)

    def forward(
        self,
        token: Tensor,
        prompt_token: Tensor,
        prompt_feat: Tensor,
        embedding: Tensor,
        noise: Tensor,
        finalize: bool,
        streaming: bool,
    ) -> Tensor:
        """As `Flow.forward`."""
        self.flow.decoder.rand_noise = noise
        return _infer(self.flow, token, prompt_token, prompt_feat, embedding, finalize, streaming)


class OriginalCfm(nn.Module):
    """CosyVoice's `CausalConditionalCFM`, called as our `Cfm`."""

    def __init__(self, decoder: nn.Module, steps: int) -> None:
        super().__init__()
        self.steps = steps
        self.__dict__["decoder"] = decoder
        self.estimator = decoder.estimator

    def forward(self, noise: Tensor, given: Conditions, streaming: bool) -> tuple[Tensor, None]:
        """As `Cfm.forward`."""
        self.decoder.rand_noise = noise
        mask = torch.ones(1, 1, given.mu.shape[2])
        made: tuple[Tensor, None] = self.decoder(
            mask=mask, n_timesteps=self.steps, streaming=streaming, **given._asdict()
        )
        return made


def embed(root: str, config: EmbedConfig) -> nn.Module:
    """The embeddings of the checkout at `root`; raises as `original.make` does."""
    return OriginalEmbed(_flow(root, config, _Conditions()))


def cfm(root: str, config: FlowConfig) -> nn.Module:
    """The decoder of the checkout at `root`; raises as `original.make` does."""
    return OriginalCfm(_decoder(root, config), config.cfm.n_timesteps)


def whole(root: str, config: FlowConfig) -> nn.Module:
    """The flow of the checkout at `root`, whose steps are ten; raises as `original.make` does."""
    return OriginalFlow(_flow(root, config.embed, _decoder(root, config)))


def _flow(root: str, config: EmbedConfig, decoder: nn.Module) -> nn.Module:
    sources = _sources(root)
    flow: nn.Module = sources.flow.CausalMaskedDiffWithDiT(
        input_size=config.input_size,
        output_size=config.output_size,
        spk_embed_dim=config.spk_embed_dim,
        vocab_size=config.vocab_size,
        token_mel_ratio=config.token_mel_ratio,
        pre_lookahead_len=config.pre_lookahead_len,
        pre_lookahead_layer=sources.upsample_encoder.PreLookaheadLayer(
            config.input_size, config.pre_lookahead_channels, config.pre_lookahead_len
        ),
        decoder=decoder,
    )
    flow.get_submodule("spk_embed_affine_layer").register_forward_pre_hook(_tap_speaker)
    return flow


def _decoder(root: str, config: FlowConfig) -> nn.Module:
    parameters = SimpleNamespace(
        sigma_min=1e-6,
        t_scheduler="cosine",
        training_cfg_rate=0.2,
        inference_cfg_rate=config.cfm.inference_cfg_rate,
    )
    estimator = original.make(root, config.dit)
    decoder: Any = _sources(root).flow_matching.CausalConditionalCFM(240, parameters, 1, 80, estimator)
    estimator.register_forward_pre_hook(_tap_step)
    solve = decoder.solve_euler
    decoder.solve_euler = lambda x, t_span, **given: solve(x, t_span=tap("t_span", t_span), **given)
    made: nn.Module = decoder
    return made


@cache
def _sources(root: str) -> SimpleNamespace:
    with original.checkout(root, UNUSED):
        return SimpleNamespace(
            flow=importlib.import_module("cosyvoice.flow.flow"),
            flow_matching=importlib.import_module("cosyvoice.flow.flow_matching"),
            upsample_encoder=importlib.import_module("cosyvoice.transformer.upsample_encoder"),
        )


def _infer(
    flow: Any, token: Tensor, prompt_token: Tensor, prompt_feat: Tensor, embedding: Tensor, finalize: bool,
    streaming: bool,
) -> Tensor:  # fmt: skip
    def length(of: Tensor) -> Tensor:
        return torch.tensor([of.shape[1]])

    feat: Tensor = flow.inference(
        token, length(token), prompt_token, length(prompt_token), prompt_feat, length(prompt_feat), embedding,
        streaming, finalize,
    )[0]  # fmt: skip
    return feat


def _tap_speaker(module: nn.Module, arguments: tuple[Tensor]) -> tuple[Tensor]:
    return (tap("speaker_unit", arguments[0]),)


def _tap_step(module: nn.Module, arguments: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    x, mask, mu, t, *rest = arguments
    # In the order of ours: x, then t.
    return tap("x_in", x), mask, mu, tap("t_in", t), *rest
