"""The links of a chain, as a capture and a run are told of them."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.engine.capture_files import Capture, digest_of
from workbench.model.session import Chain, origin


@dataclass(frozen=True)
class Feed:
    """An input of a stage that is an output of the stage before it, whose capture this is."""

    input: str
    output: str
    capture: Capture

    @property
    def request(self) -> dict[str, Any]:
        """What the reference worker is told."""
        folder = self.capture.folder
        noise = str(folder / "noise.safetensors") if self.capture.manifest.float64 is None else None
        return {
            "input": self.input,
            "output": self.output,
            "reference": str(folder / "reference.safetensors"),
            "noise": noise,
        }

    @property
    def key(self) -> tuple[str, str, str]:
        """What of it names the capture of the stage that it feeds."""
        return self.input, self.output, str(self.capture.folder)


def feeds(taken: Mapping[str, str], captures: Mapping[str, Capture]) -> tuple[Feed, ...]:
    """Return the feeds of a stage, given the captures of the stages before it."""
    origins = {name: origin(source) for name, source in taken.items()}
    return tuple(Feed(name, output, captures[stage]) for name, (stage, output) in origins.items())


def environment(chain: Chain) -> dict[str, str | None]:
    """Return the variables that a chain's inputs go by; the content of a file that one names is part of its value."""
    return dict(_values(chain.environment))


def _values(names: tuple[str, ...]) -> Iterator[tuple[str, str | None]]:
    for name in names:
        value = os.environ.get(name)
        path = Path(value) if value else None
        yield name, f"{value} {digest_of(path)}" if path and path.is_file() else value
