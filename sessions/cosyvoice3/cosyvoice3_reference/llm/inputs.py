"""Inputs of `llm.prefill`, `llm.decode` and `llm`: what is said in a recording, and tokens that follow its sound."""

import os
from dataclasses import dataclass

import torch
from torch import Tensor

from cosyvoice3_reference.inputs import token_rate_conditioning
from cosyvoice3_reference.llm.config import LmConfig
from cosyvoice3_reference.llm.text import END_OF_PROMPT, byte_tokens, tokens_of
from cosyvoice3_reference.speech import mel_of, noise_mel

INSTRUCTION = "You are a helpful assistant." + END_OF_PROMPT
ARCTIC = "And you always want to see it in the superlative degree."
LIBRIVOX = (
    "and mister john dashwood had then leisure to consider how much there might be prudently in his power to do for "
    "them"
)
CHAIN = "chain"
STEPS, MOST_STEPS = 24, 250
DIGITS, LEVELS = 8, 3
"""A speech token has eight digits to the base three."""


@dataclass(frozen=True)
class Case:
    """One named input: a text, and a piece of a recording (seconds; white noise without one) of which tokens are made.

    `prompt` of the tokens are the prompt, `steps` more are decoded.
    """

    text: str
    file: str
    prompt: int
    steps: int = 3
    start: float = 0.0
    seconds: float | None = None
    gain: float = 1.0


CASES = {
    "arctic": Case(INSTRUCTION + ARCTIC, "arctic_a0007.wav", prompt=40),
    "librivox": Case(INSTRUCTION + LIBRIVOX, "librivox_0870.wav", prompt=71, steps=5),
    "arctic_short": Case(INSTRUCTION + ARCTIC, "arctic_a0007.wav", prompt=0, start=0.4, seconds=1.54),
    "silence": Case(INSTRUCTION + "Hush.", "arctic_a0007.wav", prompt=12, seconds=0.6, gain=0.0),
    "clipped": Case(INSTRUCTION + "the superlative", "arctic_a0007.wav", prompt=16, start=0.5, seconds=0.8, gain=20.0),
    "noise": Case(INSTRUCTION + "…", "", prompt=12, seconds=0.64),
    "shortest": Case(END_OF_PROMPT, "arctic_a0007.wav", prompt=0, steps=1, start=0.5, seconds=0.035),
    "one_letter": Case(END_OF_PROMPT + "A", "arctic_a0007.wav", prompt=0, steps=1, start=0.5, seconds=0.035),
    "odd": Case(INSTRUCTION + "leisure to consider", "librivox_0870.wav", prompt=21, start=1.0, seconds=1.02),
}
"""`shortest` is start, `<|endofprompt|>` and task alone; `arctic_short` too has no speech prompt."""


def prompted(name: str, config: LmConfig) -> dict[str, Tensor]:
    """text [1, L] and prompt_speech [1, S], int64; raises ValueError for an unknown name."""
    case, tokens = _case(name), _speech_tokens(name)
    text = byte_tokens(case.text, config.end_of_prompt)
    return {"text": torch.tensor([text]), "prompt_speech": tokens[None, : case.prompt]}


def continued(name: str, config: LmConfig) -> dict[str, Tensor]:
    """The same, and tokens [N], int64: those that are decoded one after the other."""
    case = _case(name)
    # Where the piece ends with its prompt, the tokens that follow are its first ones again.
    following = _speech_tokens(name).roll(-case.prompt)[: case.steps]
    return prompted(name, config) | {"tokens": following}


def spoken(name: str, config: LmConfig, top_k: int) -> dict[str, Tensor]:
    """prompt_text [1, P], text [1, L], prompt_speech [1, S], int64; nucleus [24, top_k], redraw [24, speech vocab].

    The prompt's text is what comes before the end of the prompt. There is noise for 24 tokens, in a chain for ten
    seconds.
    """
    if name == CHAIN:
        return _noisy(chain_texts(config), MOST_STEPS, config, top_k)
    given = prompted(name, config)
    end = given["text"][0].tolist().index(config.end_of_prompt) + 1
    texts = {"prompt_text": given["text"][:, :end], "text": given["text"][:, end:]}
    return _noisy(given | texts, STEPS, config, top_k)


def chain_texts(config: LmConfig) -> dict[str, Tensor]:
    """prompt_text and text of a chain, and the prompt's speech where no other stage gives it.

    The prompt is what `librivox` says, the text what `arctic` does; PROMPT_TEXT and TTS_TEXT override them. Raises
    ValueError or ModuleNotFoundError for one of these without a tokenizer.
    """
    prompt, text = os.environ.get("PROMPT_TEXT"), os.environ.get("TTS_TEXT")
    prompt_ids = (
        tokens_of(INSTRUCTION + prompt) if prompt else byte_tokens(INSTRUCTION + LIBRIVOX, config.end_of_prompt)
    )
    text_ids = tokens_of(text) if text else byte_tokens(ARCTIC, config.end_of_prompt)
    speech = _speech_tokens("librivox")[None]
    return {"prompt_text": torch.tensor([prompt_ids]), "text": torch.tensor([text_ids]), "prompt_speech": speech}


def _noisy(given: dict[str, Tensor], steps: int, config: LmConfig, top_k: int) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(steps)
    return given | {
        "nucleus": torch.empty(steps, top_k).exponential_(generator=generator),
        "redraw": torch.empty(steps, config.speech_vocab).exponential_(generator=generator),
    }


def _case(name: str) -> Case:
    if name not in CASES:
        raise ValueError(f"the language model has no input {name!r}, only {', '.join(CASES)}")
    return CASES[name]


def _speech_tokens(name: str) -> Tensor:
    """[T/2] int64 at 25 Hz: each digit says whether one random projection of the mel is below, at or above its mean."""
    case, generator = _case(name), torch.Generator().manual_seed(25)
    if case.file:
        mel = mel_of(case.file, case.start, case.seconds, case.gain)
    else:
        mel = noise_mel(case.seconds or 1.0, generator)
    projected = token_rate_conditioning(mel, DIGITS, generator)[:, ::2]
    digits = (projected - projected.mean(dim=1, keepdim=True)).clamp(-1, 1).round().long() + 1
    return (digits * LEVELS ** torch.arange(DIGITS)[:, None]).sum(dim=0)
