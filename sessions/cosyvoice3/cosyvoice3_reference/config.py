"""The configuration that the reference and the port are both built from."""

from collections.abc import Mapping
from dataclasses import dataclass, fields


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
        names = {field.name for field in fields(cls)}
        missing, unknown = sorted(names - config.keys()), sorted(config.keys() - names)
        if missing or unknown:
            raise ValueError(f"flow.dit configuration: missing {missing}, unknown {unknown}")
        return cls(**config)

    @property
    def inner_dim(self) -> int:
        """Channels of query, key and value: all heads side by side."""
        return self.heads * self.dim_head

    @property
    def input_dim(self) -> int:
        """Channels of the concatenated x, cond, mu and spks."""
        return 2 * self.mel_dim + self.mu_dim + self.spk_dim
