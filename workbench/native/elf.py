"""The header of a shared object, read before the loader is let at it: a truncated file can crash the loader."""

import struct
import sys
from pathlib import Path
from typing import NamedTuple

MAGIC = b"\x7fELF"
HEADER = struct.Struct("<4sBB10xHHIQQQIHHHHHH")
SEGMENT = struct.Struct("<IIQQQQQQ")
BITS = {1: "32-bit", 2: "64-bit"}
ORDERS = {1: "little-endian", 2: "big-endian"}
MACHINES = {3: "x86", 40: "ARM", 62: "x86-64", 183: "AArch64", 243: "RISC-V", 21: "PowerPC64", 22: "S390"}
SHARED_OBJECT = 3


class _Header(NamedTuple):
    magic: bytes
    bits: int
    order: int
    type: int
    machine: int
    version: int
    entry: int
    segments: int
    sections: int
    flags: int
    size: int
    segment_size: int
    segment_count: int
    section_size: int
    section_count: int
    names: int

    @property
    def platform(self) -> str:
        machine = MACHINES.get(self.machine, f"machine {self.machine}")
        return f"{BITS.get(self.bits, 'unknown')} {ORDERS.get(self.order, 'unknown')} {machine}"


def complaint(path: Path) -> str:
    """Return what keeps the file from being a complete shared object for this machine; empty when nothing does.

    The sentence goes on from the name of the file. Raises OSError where the file cannot be read.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(HEADER.size)
        if len(start) < HEADER.size or not start.startswith(MAGIC):
            return f"is no shared object ({size} bytes, no ELF header)"
        header = _Header(*HEADER.unpack(start))
        ours = _own_platform()
        if header.platform != ours:
            return f"is built for {header.platform}, this machine is {ours}"
        if header.type != SHARED_OBJECT:
            return "is an ELF file but no shared object"
        file.seek(header.segments)
        promised = _promised(header, file.read(SEGMENT.size * header.segment_count))
    return f"is truncated: {size} of {promised} bytes" if size < promised else ""


def _promised(header: _Header, table: bytes) -> int:
    """Return how long the file must be, by its own tables."""
    ends = [
        header.sections + header.section_size * header.section_count,
        header.segments + header.segment_size * header.segment_count,
    ]
    whole = len(table) - len(table) % SEGMENT.size
    for _, _, offset, _, _, in_file, _, _ in SEGMENT.iter_unpack(table[:whole]):
        ends.append(offset + in_file)
    return max(ends)


def _own_platform() -> str:
    with Path(sys.executable).open("rb") as file:
        return _Header(*HEADER.unpack(file.read(HEADER.size))).platform
