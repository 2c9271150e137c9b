"""What one capture is of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.reference.failure import Failure


@dataclass(frozen=True)
class Feed:
    """An input that another capture's output is: its float32 in `reference`, what float64 differs by in `noise`."""

    input: str
    output: str
    reference: Path
    noise: Path | None

    @staticmethod
    def of(request: Mapping[str, Any]) -> Feed:
        """Read the fields of a feed. Raises Failure for one that is missing."""
        reference, noise = (field(request, name) for name in ("reference", "noise"))
        names = field(request, "input"), field(request, "output")
        return Feed(*names, Path(reference).absolute(), Path(noise).absolute() if noise else None)

    @property
    def files(self) -> tuple[Path, ...]:
        """What the input is read from."""
        return (self.reference, *([self.noise] if self.noise else []))


@dataclass(frozen=True)
class Job:
    """One stage with one input, configuration, seed and set of weights, and the folder for its capture."""

    stage: str
    input: str
    config: dict[str, Any]
    seed: int
    weights: tuple[Path, ...]
    out: Path
    untapped: tuple[str, ...] = ()
    """Taps, or patterns with `*`, that are not recorded."""
    feeds: tuple[Feed, ...] = ()
    """What takes the place of inputs that the stage's inputs() gives."""

    @property
    def files(self) -> tuple[Path, ...]:
        """What the capture depends on beside the reference's sources."""
        return (*self.weights, *(path for feed in self.feeds for path in feed.files))

    @staticmethod
    def of(request: Mapping[str, Any]) -> Job:
        """Read the fields of a request. Raises Failure for one that is missing."""
        return Job(
            stage=field(request, "stage"),
            input=field(request, "input"),
            config=field(request, "config"),
            seed=field(request, "seed"),
            weights=tuple(Path(path).absolute() for path in field(request, "weights")),
            out=Path(field(request, "out")).absolute(),
            untapped=tuple(request.get("untapped", ())),
            feeds=tuple(Feed.of(feed) for feed in request.get("feeds", ())),
        )


def field(request: Mapping[str, Any], name: str) -> Any:
    """One field of a request. Raises Failure where it is missing."""
    if name not in request:
        raise Failure(f"the request {request.get('do')!r} lacks {name!r}")
    return request[name]
