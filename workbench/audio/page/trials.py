"""The page's ABX: the server draws X, keeps it, and hands it out under a name that says nothing."""

import secrets
import threading
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

from workbench.audio.abx import Abx

LONGEST = 100
"""Characters of a reason that is kept."""


class Begin(Struct, frozen=True, tag="begin"):
    """Begin a run; one that is under way is given up."""


class Say(Struct, frozen=True, tag="answer"):
    """X is A (0) or B (1); with a reason the trial is void."""

    said: int
    void: str = ""


class GiveUp(Struct, frozen=True, tag="give up"):
    """End the run."""


wishes: msgspec.json.Decoder[Begin | Say | GiveUp] = msgspec.json.Decoder(Begin | Say | GiveUp)


class Trials:
    """At most one run at a time."""

    def __init__(self, begun: Callable[[], tuple[Abx, Callable[[Abx], None]]]) -> None:
        """`begun` gives a new run and what is told of it after every step, in a thread of the server's."""
        self._begun = begun
        self._run: Abx | None = None
        self._write: Callable[[Abx], None] = lambda run: None
        self._x = ""
        self._lock = threading.Lock()

    def source(self, name: str) -> int | None:
        """Return which source is meant by the name of this trial's X; None for any other name."""
        with self._lock:
            return self._run.x if self._run and not self._run.over and name == self._x else None

    def answer(self, body: bytes) -> dict[str, Any]:
        """Do what is asked and say where the run stands. Raises msgspec.ValidationError and WorkbenchError."""
        wish = wishes.decode(body)
        with self._lock:
            self._obey(wish)
            return self._state()

    def close(self) -> None:
        """Give up what is under way."""
        with self._lock:
            self._obey(GiveUp())

    def _obey(self, wish: Begin | Say | GiveUp) -> None:
        before = self._run
        if before is not None and not before.over and not isinstance(wish, Say):
            before.abort()
            self._write(before)
        if isinstance(wish, Begin):
            self._run, self._write = self._begun()
        elif isinstance(wish, Say) and before is not None:
            before.answer(int(bool(wish.said)), wish.void[:LONGEST])
            self._write(before)
        self._x = f"x-{secrets.token_urlsafe(12)}.wav"

    def _state(self) -> dict[str, Any]:
        run = self._run
        if run is None:
            return {"over": True}
        if not run.over:
            return {"over": False, "trial": run.trial, "trials": run.trials, "needed": run.needed, "x": self._x}
        outcome = run.outcome()
        return {"over": True, "finding": outcome.sentence, "seed": str(outcome.seed)}
