"""The configuration that the reference and the port are both built from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cosyvoice3_reference.reading import read


@dataclass(frozen=True)
class DitConfig:
    """Sizes of the DiT; the attributes are the keys of `flow.dit` in `small.json` and `full.json`."""

    dim: int
    depth: int
    heads: int
    dim_head: int
    ff_mult: int
    mel_dim: int
    mu_dim: int
    spk_dim: int
    static_chunk_size: int
    conv_kernel: int
    conv_groups: int
    time_freq_dim: int

    @classmethod
    def read(cls, config: Mapping[str, int]) -> "DitConfig":
        """Take exactly the declared keys; raises ValueError that names what is missing or unknown."""
        return read(cls, config, "flow.dit")

    @property
    def inner_dim(self) -> int:
        """Channels of query, key and value: all heads side by side."""
        return self.heads * self.dim_head

    @property
    def input_dim(self) -> int:
        """Channels of the concatenated x, cond, mu and spks."""
        return 2 * self.mel_dim + self.mu_dim + self.spk_dim


@dataclass(frozen=True)
class EmbedConfig:
    """Sizes of what makes the estimator's conditions."""

    vocab_size: int
    input_size: int
    output_size: int
    spk_embed_dim: int
    pre_lookahead_len: int
    pre_lookahead_channels: int
    token_mel_ratio: int

    @classmethod
    def read(cls, config: Mapping[str, int]) -> "EmbedConfig":
        """As `DitConfig.read`."""
        return read(cls, config, "flow.embed")


@dataclass(frozen=True)
class CfmConfig:
    """How the flow is solved: Euler steps, strength of the classifier-free guidance."""

    n_timesteps: int
    inference_cfg_rate: float

    @classmethod
    def read(cls, config: Mapping[str, Any]) -> "CfmConfig":
        """As `DitConfig.read`."""
        return read(cls, config, "flow.cfm")


@dataclass(frozen=True)
class FlowConfig:
    """The whole flow."""

    embed: EmbedConfig
    cfm: CfmConfig
    dit: DitConfig

    @classmethod
    def read(cls, config: Mapping[str, Mapping[str, Any]]) -> "FlowConfig":
        """As `DitConfig.read`, part by part."""
        read(cls, config, "flow")
        return cls(EmbedConfig.read(config["embed"]), CfmConfig.read(config["cfm"]), DitConfig.read(config["dit"]))
