"""The configuration of the speech tokenizer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cosyvoice3_reference.reading import read


@dataclass(frozen=True)
class TokenizerConfig:
    """Sizes of the tokenizer; the attributes are the keys of `tokenizer`, named as in s3tokenizer's own config.

    The codebook has 3⁸ codes at any size.
    """

    n_mels: int
    n_audio_state: int
    n_audio_head: int
    n_audio_layer: int

    @classmethod
    def read(cls, config: Mapping[str, Any]) -> "TokenizerConfig":
        """Take exactly the declared keys; raises ValueError that names what is missing or unknown."""
        return read(cls, config, "tokenizer")

    @property
    def head_dim(self) -> int:
        """Channels of one head; 64 at any size of the original."""
        return self.n_audio_state // self.n_audio_head
