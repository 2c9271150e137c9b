"""What the native worker is asked for: a stage of a build with the session's settings."""

from collections.abc import Sequence
from pathlib import Path

from workbench.model.build import Build
from workbench.model.session import Stage
from workbench.native.protocol import Job, Request

GIB = 1 << 30
"""Bytes in the unit of `memory_limit`."""


def ask(
    build: Build, module: str, name: str, stage: Stage, config: str, weights: Sequence[Path], jobs: Sequence[Job],
    part: str = "", threads: int = 0,
) -> Request:  # fmt: skip
    """Return the request to load the stage `name` (or its `part`) of a build and run `jobs`."""
    return Request(
        artifact=build.artifact, suffixes=build.suffixes, module=module, stage=name, part=part, jobs=tuple(jobs),
        weights=tuple(map(str, weights)), config=config, prefix=stage.prefix, map=stage.map,
        margins=stage.margins, layouts=stage.layouts,
        memory_limit=int(stage.memory_limit * GIB), threads=threads,
    )  # fmt: skip
