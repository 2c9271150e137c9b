"""The request "explain": which changed operation of the reference gives the port's tensor at a failing tap."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open

from workbench.reference import folder, weights
from workbench.reference.capture import Captures
from workbench.reference.explain import report
from workbench.reference.explain.outcome import Found
from workbench.reference.explain.recorder import Recorder
from workbench.reference.explain.replay import Replay
from workbench.reference.explain.score import PASSES, UNTRUSTWORTHY, Port, Size
from workbench.reference.explain.search import Search
from workbench.reference.explain.tape import Ref
from workbench.reference.explain.trials import trials_of
from workbench.reference.failure import Failure
from workbench.reference.hooks import Seen
from workbench.reference.job import Job, field
from workbench.reference.modules import Built, Modules
from workbench.reference.noise import like, rms_of
from workbench.reference.progress import Progress, Send
from workbench.reference.runs import run

PORT = "port"
"""Key of the port's tensor in its file."""
Event = dict[str, Any]


@dataclass(frozen=True)
class Question:
    """A failing tap: the set of taps that both sides had R32 put in at, and what the port gave."""

    job: Job
    tap: str
    injected: frozenset[str]
    spread: Mapping[str, float]
    port: torch.Tensor
    allowed: Size

    @staticmethod
    def of(request: Mapping[str, Any]) -> Question:
        """Read a request. Raises Failure for a capture, a digest or a tap that is not there."""
        job, tap = Job.of(request), field(request, "tap")
        statistics = _statistics(job.out, field(request, "digest"))
        if tap not in statistics["stats"]:
            raise Failure(f"stage {job.stage} has no tap {tap!r} of real numbers to explain")
        port = weights.read(Path(field(request, "port")).absolute())
        if PORT not in port:
            raise Failure(f"{request['port']} lacks the port's tensor under the key {PORT!r}")
        allowed = Size(*request.get("factor", PASSES))
        return Question(job, tap, frozenset(statistics["taps"]), statistics["stats"][tap], port[PORT], allowed)


class Explainer:
    """Answers "explain" with the modules of one reference; `cancelled()` is asked between two trials.

    A request has the fields of a Job and `tap`, `digest` (of the set of injected taps), `port` (a safetensors file
    that holds the port's tensor under `port`); it may have `factor` (rms and max that a PASS allows at the tap, in ×
    floor). Events: `progress` (run "explain"), `candidate` for each cause as it
    is found (`family`, `words`, `constant`, `file`, `line`, `sites`, `scope`, `before`, `after`, `tried`), and at the
    end `done` with `causes` (those, and `also`: what gives the very same tensor), `runner_up`, `before`, `tried`,
    `families` (trials by family), `operations` and `cancelled`. Errors are {rms, max} in × floor: `before` of the
    reference's floor, `after` of the floor that the mutated reference has by itself.
    """

    def __init__(self, modules: Modules, captures: Captures, send: Send, cancelled: Callable[[], bool]) -> None:
        self._modules = modules
        self._captures = captures
        self._send = send
        self._cancelled = cancelled

    def explain(self, request: Mapping[str, Any]) -> Event:
        """Search, telling of every cause as it is found; returns the event that ends it. Raises Failure."""
        question = Question.of(request)
        with self._captures.checked(question.job):
            replay = Replay(_recorded(self._modules.get(question.job), question))
        port = Port.of(question.port, question.spread, question.allowed)

        def tell(found: Found, tried: int) -> None:
            self._send({"event": "candidate", "tried": tried, **report.cause(found, search.outcome)})

        search = Search(replay, port, self._cancelled, tell)
        _check(question.tap, replay, port, search.exact)
        if port.passes(search.outcome.before):
            return report.answer(search.outcome, replay)
        trials = trials_of(replay)
        search.progress = Progress(self._send, "explain", len(trials.ordered))
        return report.answer(search.run(trials), replay)


class _ReachedError(BaseException):
    """Ends the recorded run at the failing tap; no handler of the reference's own is to catch it."""


def _recorded(built: Built, question: Question) -> Ref:
    job = question.job
    names = {id(tensor): key for key, tensor in _weights(built.module)}
    recorder, found = Recorder(names), []
    with safe_open(str(job.out / folder.REFERENCE), framework="pt") as reference:

        def take(seen: Seen) -> torch.Tensor | None:
            if seen.name == question.tap:
                found.append(recorder.ref(seen.tensor))
                raise _ReachedError
            if seen.name not in question.injected:
                return None
            with recorder.paused():
                return recorder.given(like(reference.get_tensor(seen.name), seen.tensor), "injected")

        inputs = weights.read(job.out / folder.INPUTS)
        try:
            given = {name: recorder.given(tensor, "input") for name, tensor in inputs.items()}
            run(built, job, given, take, exact=False, within=recorder)
        except _ReachedError:
            return found[0]
    raise Failure(f"stage {job.stage} does not reach the tap {question.tap!r} any more; capture it again")


def _weights(module: torch.nn.Module) -> list[tuple[str, torch.Tensor]]:
    return [*module.named_parameters(), *module.named_buffers()]


def _statistics(out: Path, digest: str) -> dict[str, Any]:
    path = out / f"injected-{digest}.json"
    try:
        statistics: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise Failure(f"{path} cannot be read: {error}; send an inject request for this set of taps first") from error
    return statistics


def _check(tap: str, replay: Replay, port: Port, exact: torch.Tensor) -> None:
    if not port.tensor.isfinite().any():
        raise Failure(f"{tap!r} cannot be explained on this input: no element of the port is finite there")
    noise, magnitude = port.floor_of(replay.run({}), exact).rms, rms_of(exact)
    if noise > UNTRUSTWORTHY * magnitude:
        raise Failure(
            f"{tap!r} cannot be explained: the reference's operations before it, computed again in float64, are off "
            f"by {noise / magnitude:.1g} of its rms; tap what numpy or compiled code computes there"
        )
