"""The sizes of CAM++."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cosyvoice3_reference.reading import read


@dataclass(frozen=True)
class SpeakerConfig:
    """Sizes of CAM++; the attributes are the keys of `speaker` in `small.json` and `full.json`."""

    bands: int
    head_channels: int
    channels: int
    """Of the first layer behind the head."""
    growth: int
    """Channels that a dense layer adds."""
    bottleneck: int
    """Channels within a dense layer, in units of `growth`."""
    layers: tuple[int, ...]
    """Dense layers of each block."""
    dilations: tuple[int, ...]
    """Dilation in the dense layers of each block."""
    segment: int
    """Frames that share a local context."""
    embedding: int

    @classmethod
    def read(cls, config: Mapping[str, Any]) -> "SpeakerConfig":
        """Take exactly the declared keys; raises ValueError that names what is missing or unknown."""
        lists: dict[str, Any] = {key: tuple(value) for key, value in config.items() if isinstance(value, list)}
        return read(cls, {**config, **lists}, "frontend.speaker")
