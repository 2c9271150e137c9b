"""Keys and values of the positions that have been seen."""

import torch
from torch import Tensor


class KvCache:
    """Rotated keys and values of every layer, each [1, kv heads, T, head_dim]; grows with every call."""

    def __init__(self) -> None:
        self._layers: dict[int, tuple[Tensor, Tensor]] = {}

    @property
    def length(self) -> int:
        """Positions that the first layer has seen."""
        return self._layers[0][0].shape[2] if self._layers else 0

    def append(self, layer: int, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """Put new positions behind a layer's own; returns all of them."""
        if layer in self._layers:
            old_key, old_value = self._layers[layer]
            key, value = torch.cat((old_key, key), dim=2), torch.cat((old_value, value), dim=2)
        self._layers[layer] = key, value
        return key, value
