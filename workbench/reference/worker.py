"""The reference worker: requests as JSON lines on stdin, events as JSON lines on stdout, narration on stderr."""

from __future__ import annotations

import faulthandler
import json
import os
import signal
import sys
import threading
import time
from contextlib import closing
from typing import IO, TYPE_CHECKING, Any

from workbench.reference.failure import Failure, summary, trace
from workbench.reference.requests import Requests

if TYPE_CHECKING:
    from workbench.reference.service import Service

ORPHAN_CHECK = 0.25


def main() -> None:
    """Answer requests until stdin closes or the parent is gone."""
    _leave_with_parent()
    # Ctrl-C in the terminal reaches every process there; whether to stop is for the parent to say.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    faulthandler.enable()
    # Nothing is ever written into the user's tree, compiled Python included.
    sys.dont_write_bytecode = True
    requests, answers = _private_streams()
    with closing(requests), answers:
        _serve(requests, answers)


def _serve(requests: Requests, answers: IO[str]) -> None:
    service: Service | None = None
    current: Any = None

    def send(event: dict[str, Any]) -> None:
        try:
            answers.write(json.dumps({"id": current, **event}) + "\n")
            answers.flush()
        except BrokenPipeError:
            # The parent is gone. Raised into a run, this would pass for the stage's own failure, and be kept as such.
            os._exit(1)

    for line in requests:
        current = None
        try:
            request = _parse(line)
            current = request.get("id")
            service = service or _service(send, requests.waiting)
            send(service.answer(request))
        except (Exception, SystemExit) as error:
            text = str(error) if isinstance(error, Failure) else f"the reference worker raised {summary(error)}"
            send({"event": "failed", "error": text, "trace": trace(error)})


def _service(send: Any, cancelled: Any) -> Service:
    """Import torch, which takes a second or more, only once a request came in that can be told of failure."""
    try:
        from workbench.reference.service import Service
    except ImportError as error:
        raise Failure(
            f"{sys.executable} cannot run a reference: {error}; install numpy, safetensors and torch"
        ) from error
    return Service(send, cancelled)


def _parse(line: str) -> dict[str, Any]:
    try:
        request = json.loads(line)
    except ValueError as error:
        raise Failure(f"a request is not JSON: {error}") from error
    if not isinstance(request, dict):
        raise Failure(f"a request is a JSON object, not {type(request).__name__}")
    return request


def _private_streams() -> tuple[Requests, IO[str]]:
    """Take stdin and stdout for the protocol; what else reads stdin finds it empty, what else prints goes to stderr."""
    requests = Requests(os.dup(0))
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return requests, answers


def _leave_with_parent() -> None:
    """End this process soon after its parent, even in the middle of a run.

    Not by PR_SET_PDEATHSIG: that fires when the parent's *thread* that started us ends.
    """
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(ORPHAN_CHECK)
        os._exit(1)

    threading.Thread(target=watch, name="parent watch", daemon=True).start()
