"""The configurations of the language model and of its sampling."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cosyvoice3_reference.reading import read

SPECIAL_TOKENS = 200
"""Ids behind the speech tokens: start, end, task, fill, and spare ones."""


@dataclass(frozen=True)
class LmConfig:
    """Sizes of the language model; the attributes are the keys of `llm.model`, named as in Qwen2's own config."""

    vocab_size: int
    hidden_size: int
    intermediate_size: int
    num_hidden_layers: int
    num_attention_heads: int
    num_key_value_heads: int
    rope_theta: float
    rms_norm_eps: float
    speech_token_size: int
    end_of_prompt: int
    """Id of `<|endofprompt|>`, which every text has to hold."""

    @classmethod
    def read(cls, config: Mapping[str, Any]) -> "LmConfig":
        """Take exactly the declared keys; raises ValueError that names what is missing or unknown."""
        return read(cls, config, "llm.model")

    @property
    def head_dim(self) -> int:
        """Channels of one head."""
        return self.hidden_size // self.num_attention_heads

    @property
    def speech_vocab(self) -> int:
        """Rows of the speech embedding and of the decoder."""
        return self.speech_token_size + SPECIAL_TOKENS

    @property
    def start(self) -> int:
        """Id of the token that begins every sequence."""
        return self.speech_token_size

    @property
    def task(self) -> int:
        """Id of the token between text and speech."""
        return self.speech_token_size + 2


@dataclass(frozen=True)
class SamplingConfig:
    """Repetition-aware sampling; the attributes are the keys of `llm.sampling`."""

    top_p: float
    top_k: int
    win_size: int
    tau_r: float
    speech_token_size: int

    @classmethod
    def read(cls, config: Mapping[str, Any]) -> "SamplingConfig":
        """Take exactly the declared keys; raises ValueError that names what is missing or unknown."""
        return read(cls, config, "llm.sampling")
