"""Causes as the worker tells of them."""

from __future__ import annotations

from typing import Any

from workbench.reference.explain.call import Change
from workbench.reference.explain.outcome import Found, Outcome
from workbench.reference.explain.replay import Replay
from workbench.reference.explain.score import Size
from workbench.reference.explain.tape import Operation


def cause(found: Found, outcome: Outcome) -> dict[str, Any]:
    """One finding: what the port does, also in other words, and the error before and after."""
    first, *others = found.wordings
    return {
        **_wording(first),
        "also": [_wording(other) for other in others],
        "before": _times(outcome.before),
        "after": _times(first.times),
    }


def _wording(found: Found) -> dict[str, Any]:
    """What the port does, and where the reference does otherwise."""
    changes = found.trial.every
    sites = [_site(operation, change) for operation, change in changes.items()]
    return {
        "family": found.trial.family,
        "words": found.trial.words,
        "constant": next((change.constant for change in changes.values() if change.constant is not None), None),
        "file": sites[0]["file"],
        "line": sites[0]["line"],
        "sites": sites,
        "scope": found.trial.scope,
    }


def answer(outcome: Outcome, replay: Replay) -> dict[str, Any]:
    """The event that ends a search."""
    return {
        "event": "done",
        "causes": [cause(found, outcome) for found in outcome.causes],
        "runner_up": cause(outcome.nearest, outcome) if outcome.nearest else None,
        "before": _times(outcome.before),
        "tried": sum(outcome.tried.values()),
        "families": dict(outcome.tried),
        "operations": len(replay.operations),
        "cancelled": outcome.cancelled,
    }


def _site(operation: Operation, change: Change) -> dict[str, Any]:
    return {
        "file": operation.file,
        "line": operation.line,
        "operation": operation.name or operation.kind,
        "words": change.words,
    }


def _times(size: Size) -> dict[str, float]:
    return {"rms": size.rms, "max": size.max}
