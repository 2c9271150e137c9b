"""Inputs of `flow.embed`, `flow.cfm` and `flow`: a prompt and tokens, of speech where a recording has them."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from cosyvoice3_reference.config import EmbedConfig, FlowConfig
from cosyvoice3_reference.frontend.prompt import CHAIN, PROMPT
from cosyvoice3_reference.inputs import prompt, token_rate_conditioning
from cosyvoice3_reference.speech import mel_of, noise_mel
from cosyvoice3_reference.tokens import tokens_of

PROMPT_PART = 0.4
SPEAKER_SIZE = 1.0
NOISE_SEED = 0
NOISE_FRAMES = 50 * 300


@dataclass(frozen=True)
class Case:
    """One named input: a piece of a recording (seconds), white noise without one, and how the flow is called."""

    file: str
    seed: int
    start: float = 0.0
    seconds: float | None = None
    gain: float = 1.0
    streaming: bool = False
    finalize: bool = True
    odd: bool = False
    """One frame of the prompt and one token of its own are missing, and one token is below zero."""


CASES = {
    "arctic": Case("arctic_a0007.wav", seed=11, start=0.4, seconds=1.52),
    "librivox": Case("librivox_0870.wav", seed=12),
    "streamed": Case("librivox_0870.wav", seed=13, start=0.6, seconds=2.16, streaming=True, finalize=False),
    "silence": Case("arctic_a0007.wav", seed=14, seconds=0.6, gain=0.0),
    "clipped": Case("arctic_a0007.wav", seed=15, start=0.5, seconds=0.8, gain=20.0),
    "noise": Case("", seed=16, seconds=0.64),
    "shortest": Case("arctic_a0007.wav", seed=17, start=0.5, seconds=0.08),
    "odd": Case("librivox_0870.wav", seed=18, start=1.0, seconds=1.04, streaming=True, odd=True),
}
"""`streamed` is a chunk and a piece with tokens to come; `shortest` is a prompt of one token and one to speak."""


SAID = "arctic_a0007.wav"
"""The recording whose tokens are spoken in the chain."""


def embed(name: str, config: EmbedConfig) -> dict[str, Tensor]:
    """token, prompt_token, prompt_feat, embedding, finalize; raises ValueError for an unknown name."""
    if name == CHAIN:
        return _spoken(config)
    case, generator = _case("flow.embed", name)
    mel, tokens = _mel(case, generator), _tokens(case, config.vocab_size, generator)
    known = max(int(len(tokens) * PROMPT_PART), 1)
    frames = known * config.token_mel_ratio - int(case.odd)
    if case.odd:
        tokens[-2] = -1
    return {
        "token": tokens[None, known:],
        "prompt_token": tokens[None, :known],
        "prompt_feat": mel.T[None, :frames].contiguous(),
        "embedding": SPEAKER_SIZE * torch.randn(1, config.spk_embed_dim, generator=generator),
        "finalize": torch.tensor([int(case.finalize)]),
    }


def cfm(name: str, config: FlowConfig) -> dict[str, Tensor]:
    """noise, mu, spks, cond, known, streaming; raises ValueError for an unknown name."""
    if name == CHAIN:
        return {"noise": noise(config.dit.mel_dim), "streaming": torch.tensor([0])}
    case, generator = _case("flow.cfm", name)
    mel = _mel(case, generator)
    frames = mel.shape[1]
    spks = F.normalize(torch.randn(1, config.dit.spk_dim, generator=generator), dim=1)
    return {
        "noise": noise(config.dit.mel_dim)[:, :, :frames].contiguous(),
        "mu": token_rate_conditioning(mel, config.dit.mu_dim, generator)[None],
        "spks": spks,
        "cond": prompt(mel)[None],
        "known": torch.tensor([int(frames * PROMPT_PART)]),
        "streaming": torch.tensor([int(case.streaming)]),
    }


def whole(name: str, config: FlowConfig) -> dict[str, Tensor]:
    """Those of `flow.embed`, noise, streaming; raises ValueError for an unknown name."""
    made = embed(name, config.embed)
    frames = config.embed.token_mel_ratio * (made["token"].shape[1] + made["prompt_token"].shape[1])
    return {
        **made,
        "noise": noise(config.dit.mel_dim)[:, :, :frames].contiguous(),
        "streaming": torch.tensor([int(CASES[name].streaming)]),
    }


def noise(bands: int) -> Tensor:
    """[1, bands, 15000]: what CosyVoice draws once when it is made and begins every utterance with."""
    return torch.randn(1, bands, NOISE_FRAMES, generator=torch.Generator().manual_seed(NOISE_SEED))


def _spoken(config: EmbedConfig) -> dict[str, Tensor]:
    """What one recording says, in the voice of another, as far as no other stage gives it."""
    prompt_token = tokens_of(PROMPT)
    frames = config.token_mel_ratio * len(prompt_token)
    generator = torch.Generator().manual_seed(NOISE_SEED)
    return {
        "token": tokens_of(SAID)[None],
        "prompt_token": prompt_token[None],
        "prompt_feat": mel_of(PROMPT).T[None, :frames].contiguous(),
        "embedding": SPEAKER_SIZE * torch.randn(1, config.spk_embed_dim, generator=generator),
        "finalize": torch.tensor([1]),
    }


def _case(stage: str, name: str) -> tuple[Case, torch.Generator]:
    if name not in CASES:
        raise ValueError(f"{stage} has no input {name!r}, only {', '.join(CASES)}")
    return CASES[name], torch.Generator().manual_seed(CASES[name].seed)


def _mel(case: Case, generator: torch.Generator) -> Tensor:
    if case.file:
        return mel_of(case.file, case.start, case.seconds, case.gain)
    assert case.seconds is not None, "noise has no end of its own"
    return noise_mel(case.seconds, generator)


def _tokens(case: Case, vocabulary: int, generator: torch.Generator) -> Tensor:
    """Those of the recording; for what is no speech any, half as many as frames."""
    if case.file and case.gain == 1.0:
        return tokens_of(case.file, case.start, case.seconds)
    assert case.seconds is not None, "only speech has an end of its own"
    return torch.randint(vocabulary, (round(case.seconds * 25),), generator=generator)
