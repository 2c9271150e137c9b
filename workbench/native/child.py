"""One fork: loads the build, runs the stage on the capture, says what it saw, and is gone."""

import os
import sys
import time
import traceback
from typing import NoReturn

from workbench.native import runs
from workbench.native.artifact import load_artifact
from workbench.native.captures import Capture
from workbench.native.failure import Failure
from workbench.native.isolation import isolate, leave
from workbench.native.outbox import Outbox
from workbench.native.protocol import Finished, JobStarted, Loaded, Request, RunName, StageFailed
from workbench.native.stage import load_stage


def main(request: Request, server: int) -> NoReturn:
    """Serve one request in the process that was forked for it; never returns."""
    status = 1
    try:
        isolate(server, request.stderr, request.memory_limit)
        if hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(line_buffering=True)
        _Child(request).serve()
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        leave(status)
    raise AssertionError


class _Child:
    def __init__(self, request: Request) -> None:
        self._request = request
        self._outbox = Outbox(request.socket)
        self._run: RunName | None = None

    def serve(self) -> None:
        try:
            self._check()
        except Failure as failure:
            self._outbox.put(StageFailed(failure.error, failure.kind, self._run or "", failure.trace))
        except Exception as error:
            self._outbox.put(StageFailed(_sentence(error), "internal", self._run or "", traceback.format_exc()))
        self._outbox.put(Finished())

    def _check(self) -> None:
        request, outbox = self._request, self._outbox
        os.environ["WORKBENCH_ARTIFACT"] = request.artifact
        if request.threads:
            os.environ.setdefault("RAYON_NUM_THREADS", str(request.threads))
        begun = time.perf_counter()
        artifact = load_artifact(request.artifact, request.module, bool(request.port))
        stage = load_stage(artifact, request)
        seconds = time.perf_counter() - begun
        taps = artifact.taps
        outbox.put(Loaded(seconds, taps.keys_read(), taps.layers, taps.explicit, stage.parts))
        for index, job in enumerate(request.jobs):
            outbox.put(JobStarted(index))
            capture = Capture(job.capture, job.injected)
            for name in job.runs:
                self._run = name
                runs.run(name, stage, capture, request, taps, outbox)


def _sentence(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
