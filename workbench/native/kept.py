"""Tensors of the port, kept in a file: for the search of a cause, and for the next stage of a chain."""

import json
from collections.abc import Mapping
from itertools import accumulate
from pathlib import Path

from workbench.native.protocol import KEPT

Content = tuple[str, list[int], bytes]
"""Dtype, shape and row-major little-endian bytes."""


def keep(dtype: str, shape: list[int], content: bytes, path: Path) -> None:
    """Write a safetensors file with the one tensor KEPT, whole or not at all. Raises OSError."""
    keep_all({KEPT: (dtype, shape, content)}, path)


def keep_all(tensors: Mapping[str, Content], path: Path) -> None:
    """Write a safetensors file, whole or not at all. Raises OSError.

    The safetensors library cannot write bfloat16 without torch.
    """
    ends = list(accumulate((len(content) for _, _, content in tensors.values()), initial=0))
    entries = {
        name: {"dtype": dtype.upper(), "shape": shape, "data_offsets": [begin, end]}
        for (name, (dtype, shape, _)), begin, end in zip(tensors.items(), ends, ends[1:], strict=False)
    }
    header = json.dumps(entries).encode()
    header += b" " * (-len(header) % 8)
    temporary = path.with_name(f"{path.name}.new")
    with temporary.open("wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        file.writelines(content for _, _, content in tensors.values())
    temporary.replace(path)
