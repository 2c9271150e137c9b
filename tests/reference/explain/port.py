"""A port for the search: an edited copy of the reference's own source, run on its own with R32 put in at the taps."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from workbench.reference import weights
from workbench.reference.hooks import Seen
from workbench.reference.job import Job
from workbench.reference.load import load
from workbench.reference.modules import Modules
from workbench.reference.runs import run

NOISE = 6e-8
"""A port rounds otherwise than torch does: by this share of each number, about u."""

Edit = tuple[str, str]


class Explained:
    """What the search said of one port."""

    def __init__(self, answer: dict[str, Any], streamed: list[dict[str, Any]]) -> None:
        self.answer = answer
        self.streamed = streamed

    @property
    def causes(self) -> list[dict[str, Any]]:
        return self.answer["causes"]

    def cause(self, family: str, words: str = "") -> dict[str, Any]:
        """The one cause that a family words like this, in those words."""
        found = [{**cause, **said[0]} for cause in self.causes if (said := _worded(cause, family, words))]
        assert len(found) == 1, [(said["family"], said["words"]) for cause in self.causes for said in _every(cause)]
        return found[0]

    @property
    def words(self) -> set[str]:
        """What is said of any cause, in all its wordings."""
        return {said["words"] for cause in self.causes for said in _every(cause)}


def _every(cause: dict[str, Any]) -> list[dict[str, Any]]:
    return [cause, *cause["also"]]


def _worded(cause: dict[str, Any], family: str, words: str) -> list[dict[str, Any]]:
    return [said for said in _every(cause) if said["family"] == family and words in said["words"]]


def explain(session: Any, target: str, taps: list[str], *edits: Edit, noise: float = NOISE) -> Explained:
    """Explain the port that `edits` make of the session's reference."""
    captured, digest = prepared(session, taps)
    return asked(session, captured, digest, target, ported(session, captured, target, taps, edits, noise))


def prepared(session: Any, taps: list[str]) -> tuple[Any, str]:
    """The capture, and the digest of its injected set."""
    captured = session.capture()
    return captured, session.inject(taps).stem.split("-")[1]


def asked(session: Any, captured: Any, digest: str, target: str, tensor: torch.Tensor, **more: Any) -> Explained:
    """Ask for the cause of the port's tensor."""
    path = session.folder / "port.safetensors"
    save_file({"port": tensor.contiguous()}, path)
    del session.events[:]
    answer = session.ask("explain", **session.fields(), tap=target, digest=digest, port=str(path), **more)
    return Explained(answer, [event for event in session.events if event["event"] == "candidate"])


def ported(
    session: Any, captured: Any, target: str, taps: list[str], edits: tuple[Edit, ...], noise: float = NOISE
) -> torch.Tensor:
    """The port's tensor at a tap."""
    source = session.path.read_text()
    for old, new in edits:
        assert old in source, old
        source = source.replace(old, new)
    path = Path(tempfile.mkdtemp(dir=session.folder.parent)) / "port.py"
    path.write_text(source)
    return _run(path, session.fields(), captured, target, taps, noise)


def _run(path: Path, fields: dict[str, Any], captured: Any, target: str, taps: list[str], noise: float) -> torch.Tensor:
    job = Job.of(fields)
    found: list[torch.Tensor] = []
    with safe_open(captured.folder / "reference.safetensors", framework="pt") as reference:

        def take(seen: Seen) -> torch.Tensor | None:
            if seen.name == target:
                found.append(seen.tensor.clone())
            if seen.name in taps and seen.name != target:
                return reference.get_tensor(seen.name)
            return None

        run(Modules(load(path)).get(job), job, weights.read(captured.folder / "inputs.safetensors"), take, exact=False)
    tensor = found[0]
    draws = torch.randn(tensor.shape, generator=torch.Generator().manual_seed(11))
    return tensor + tensor * draws * noise
