"""A tensor of the port, kept in a file for whoever looks for the cause of its error."""

import json
from pathlib import Path

from workbench.native.protocol import KEPT


def keep(dtype: str, shape: list[int], content: bytes, path: Path) -> None:
    """Write a safetensors file with the one tensor KEPT, whole or not at all. Raises OSError.

    The safetensors library cannot write bfloat16 without torch.
    """
    entry = {"dtype": dtype.upper(), "shape": shape, "data_offsets": [0, len(content)]}
    header = json.dumps({KEPT: entry}).encode()
    header += b" " * (-len(header) % 8)
    temporary = path.with_name(f"{path.name}.new")
    temporary.write_bytes(len(header).to_bytes(8, "little") + header + content)
    temporary.replace(path)
