"""The language model and its sampling made from CosyVoice's own sources, with taps under the names of ours."""

import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn

from cosyvoice3_reference.llm.config import LmConfig, SamplingConfig
from cosyvoice3_reference.llm.lm import LEAST_TOKENS, MOST_TOKENS, Draw
from workbench.reference import tap

SOURCE = Path("cosyvoice/llm/llm.py")
PACKAGES = "transformers==4.51.3"
UNUSED = ("onnxruntime", "torchaudio", "torchaudio.compliance", "torchaudio.compliance.kaldi")
"""What the sources import beside the language model and never use for it."""


def make_lm(root: str, config: LmConfig) -> nn.Module:
    """`CosyVoice3LM` around transformers' Qwen2, from the checkout at `root`, with our `scores`.

    Raises FileNotFoundError or ModuleNotFoundError, which say what to provide.
    """
    sources = _sources(root)
    encoder = sources.Qwen2Encoder.__new__(sources.Qwen2Encoder)
    nn.Module.__init__(encoder)
    encoder.model = _qwen2(config)
    # It asks for the name of its own class.
    driven = type("CosyVoice3LM", (sources.CosyVoice3LM,), {"scores": _scores, "generate": _generate, "given": config})
    width = config.hidden_size
    lm: nn.Module = driven(width, width, config.speech_token_size, encoder, sampling=None)
    return lm


def make_sampler(root: str, config: SamplingConfig) -> nn.Module:
    """CosyVoice's `ras_sampling`, with our `sample`; raises as `make_lm` does."""
    return OriginalSampler(_sources(root), config)


class OriginalSampler(nn.Module):
    """`sampling_ids` of the language model, called step by step; its draws take the noise that is given."""

    def __init__(self, sources: Any, config: SamplingConfig) -> None:
        super().__init__()
        self.sources = sources
        self.config = config
        self.speech_token_size = config.speech_token_size

    def sample(self, scores: Tensor, decoded: list[int], min_len: int, nucleus: Tensor, redraw: Tensor) -> list[int]:
        """As `RasSampler.sample`."""
        tokens = list(decoded)
        for step, row in enumerate(scores):
            tokens.append(self.draw(row, tokens, step < min_len, nucleus[step], redraw[step]))
        return tokens[len(decoded) :]

    def draw(self, scores: Tensor, decoded: list[int], early: bool, nucleus: Tensor, redraw: Tensor) -> int:
        """As `RasSampler.draw`."""
        with _drawing_by([nucleus, redraw]):
            return int(self.sources.CosyVoice3LM.sampling_ids(self, scores.clone(), decoded, 25, early))

    def sampling(self, scores: Tensor, decoded: list[int], sampling: int) -> int:
        """`ras_sampling` with the configured parameters."""
        c = self.config
        token: int = self.sources.ras_sampling(
            scores, decoded, sampling, top_p=c.top_p, top_k=c.top_k, win_size=c.win_size, tau_r=c.tau_r
        )
        return token


@contextmanager
def _drawing_by(noise: list[Tensor]) -> Iterator[None]:
    """Let `multinomial` take the largest p/e for one given e after the other, as it does for its own."""
    names = iter(("nucleus", "redraw"))
    given = iter(noise)
    own = torch.Tensor.multinomial

    def multinomial(probabilities: Tensor, count: int, replacement: bool = False) -> Tensor:
        race = tap(next(names), probabilities / next(given)[: len(probabilities)])
        return race.argmax(dim=-1, keepdim=True)

    torch.Tensor.multinomial = multinomial  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        torch.Tensor.multinomial = own  # type: ignore[method-assign]


def _scores(lm: Any, text: Tensor, prompt_speech: Tensor, tokens: list[int]) -> list[Tensor]:
    """Log-probabilities [1, V] behind the prompt and behind each token: its own loop, whose sampling gives `tokens`."""
    rows: list[Tensor] = []
    remaining = [*tokens, lm.eos_token]

    def give(scores: Tensor, decoded: list[int], sampling: int) -> int:
        rows.append(scores[None].clone())
        return remaining.pop(0)

    lm.sampling = give
    for _ in _inference(lm, text[:, :0], text, prompt_speech, most=len(tokens) + 1, least=0):
        pass
    return rows


def _generate(lm: Any, draw: Draw, prompt_text: Tensor, text: Tensor, prompt_speech: Tensor, most: int) -> list[int]:
    """As `SpeechLm.generate`."""
    least = LEAST_TOKENS * text.shape[1]
    lm.sampling_ids = lambda scores, decoded, sampling, ignore_eos: draw(scores, decoded, len(decoded) < least)
    generated = _inference(lm, prompt_text, text, prompt_speech, most=MOST_TOKENS, least=LEAST_TOKENS)
    return list(islice(generated, most))


def _inference(
    lm: Any, prompt_text: Tensor, text: Tensor, prompt_speech: Tensor, most: int, least: int
) -> Iterator[int]:
    """Its own generator; `most` and `least` tokens for one of the text."""
    lengths = [torch.tensor([ids.shape[1]]) for ids in (text, prompt_text, prompt_speech)]
    ended = lm.given.end_of_prompt in torch.cat((prompt_text, text), dim=1)
    marked = text.as_subclass(_Ended) if ended else text
    arguments = (marked, lengths[0], prompt_text, lengths[1], prompt_speech, lengths[2], torch.zeros(0))
    tokens: Iterator[int] = lm.inference(*arguments, max_token_text_ratio=most, min_token_text_ratio=least)
    return tokens


class _Ended(Tensor):
    """Text that ends its prompt, by whatever id: the sources look for that of the real vocabulary alone."""

    def __contains__(self, element: object) -> bool:
        return True


def _qwen2(config: LmConfig) -> nn.Module:
    qwen2 = importlib.import_module("transformers.models.qwen2.modeling_qwen2")
    settings: Any = importlib.import_module("transformers").Qwen2Config(
        vocab_size=config.vocab_size,
        hidden_size=config.hidden_size,
        intermediate_size=config.intermediate_size,
        num_hidden_layers=config.num_hidden_layers,
        num_attention_heads=config.num_attention_heads,
        num_key_value_heads=config.num_key_value_heads,
        rope_theta=config.rope_theta,
        rms_norm_eps=config.rms_norm_eps,
        tie_word_embeddings=False,
        sliding_window=None,
    )
    settings._attn_implementation = "sdpa"
    model: nn.Module = qwen2.Qwen2ForCausalLM(settings)
    # Scores of text tokens that nobody reads.
    model.lm_head = nn.Identity()
    model.register_forward_pre_hook(_tap_input, with_kwargs=True)
    for layer in model.get_submodule("model.layers").children():
        layer.__class__ = _unwrapped(type(layer))
        layer.get_submodule("post_attention_layernorm").register_forward_pre_hook(_tap_residual)
    return model


@cache
def _unwrapped(layer: type[nn.Module]) -> type[nn.Module]:
    """A layer whose output is a tensor, as ours is, where hooks see it, and a tuple where the model goes on with it."""

    class Layer(layer):  # type: ignore[misc,valid-type]
        def __call__(self, *arguments: Any, **named: Any) -> tuple[Tensor]:
            return (super().__call__(*arguments, **named),)

        def forward(self, *arguments: Any, **named: Any) -> Tensor:
            out: Tensor = super().forward(*arguments, **named)[0]
            return out

    return Layer


def _tap_input(module: nn.Module, arguments: Any, named: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    return arguments, named | {"inputs_embeds": tap("lm_input", named["inputs_embeds"].as_subclass(Tensor))}


def _tap_residual(module: nn.Module, arguments: tuple[Tensor]) -> None:
    residual = arguments[0]
    given = tap("attn_residual", residual)
    if given is not residual:
        # The layer goes on to add the feed-forward to this very tensor, so a hook's return value would not reach it.
        residual.copy_(given)


@cache
def _sources(root: str) -> Any:
    if not (Path(root) / SOURCE).is_file():
        raise FileNotFoundError(f"COSYVOICE_ROOT is {root!r}, which has no {SOURCE}: name a checkout of CosyVoice")
    try:
        # Before torchaudio is replaced, whose presence transformers asks for.
        qwen2: Any = importlib.import_module("transformers.models.qwen2.modeling_qwen2")
        with _importable(root):
            sources: Any = importlib.import_module("cosyvoice.llm.llm")
            sources.ras_sampling = importlib.import_module("cosyvoice.utils.common").ras_sampling
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"CosyVoice's language model imports {error.name!r}, which is missing: give this interpreter {PACKAGES}"
        ) from error
    qwen2.apply_rotary_pos_emb = _tapped(qwen2.apply_rotary_pos_emb)
    return sources


@contextmanager
def _importable(root: str) -> Iterator[None]:
    """Put the checkout on the path and empty modules in place of what it names but never uses here."""
    absent = [name for name in UNUSED if name not in sys.modules]
    sys.modules.update({name: ModuleType(name) for name in absent})
    sys.path.insert(0, root)
    try:
        yield
    finally:
        sys.path.remove(root)
        for name in absent:
            del sys.modules[name]


def _tapped(rotate: Callable[..., tuple[Tensor, Tensor]]) -> Callable[..., tuple[Tensor, Tensor]]:
    def rotate_and_tap(*arguments: Any) -> tuple[Tensor, Tensor]:
        query, key = rotate(*arguments)
        return tap("q_rotary", query), tap("k_rotary", key)

    return rotate_and_tap
