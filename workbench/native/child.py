"""One fork: loads the build, runs the stage on the capture, says what it saw, and is gone."""

import os
import sys
import time
import traceback
from collections.abc import Callable
from functools import partial
from typing import NoReturn

from workbench.native import runs
from workbench.native.artifact import load_artifact
from workbench.native.cabi import TapInterface
from workbench.native.captures import Capture
from workbench.native.failure import Failure
from workbench.native.isolation import isolate, leave
from workbench.native.lanes import fork_lanes, may_fork
from workbench.native.outbox import Outbox
from workbench.native.protocol import Finished, JobStarted, LaneEnded, Loaded, Request, RunName, StageFailed
from workbench.native.stage import Stage, load_stage


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
        """Load the stage, run the jobs, and say that it is done."""
        self._guarded(self._load_and_run)
        self._outbox.put(Finished())

    def _guarded(self, doing: Callable[[], None]) -> None:
        try:
            doing()
        except Failure as failure:
            self._outbox.put(StageFailed(failure.error, failure.kind, self._run or "", failure.trace))
        except Exception as error:
            self._outbox.put(StageFailed(_sentence(error), "internal", self._run or "", traceback.format_exc()))

    def _load_and_run(self) -> None:
        request = self._request
        os.environ |= request.environment | {"WORKBENCH_ARTIFACT": request.artifact}
        if request.threads:
            os.environ.setdefault("RAYON_NUM_THREADS", str(request.threads))
        begun = time.perf_counter()
        library = request.artifact if request.runs == "module" else ""
        artifact = load_artifact(library, request.module, bool(request.port), request.suffixes, request.site)
        stage = load_stage(artifact, request)
        seconds = time.perf_counter() - begun
        taps = artifact.taps
        self._outbox.put(Loaded(seconds, taps.keys_read(), taps.layers, taps.explicit, stage.parts))
        self._lanes(stage, taps)

    def _lanes(self, stage: Stage, taps: TapInterface) -> None:
        lanes = sorted({job.lane for job in self._request.jobs})
        if len(lanes) > 1 and may_fork():
            run = partial(self._lane_alone, stage, taps)
            return fork_lanes(lanes, self._request.socket, self._outbox, run)
        for lane in lanes:
            self._lane(stage, taps, lane)
            self._outbox.put(LaneEnded(lane, 0))

    def _lane_alone(self, stage: Stage, taps: TapInterface, lane: int, outbox: Outbox) -> None:
        self._outbox = outbox
        self._guarded(partial(self._lane, stage, taps, lane))

    def _lane(self, stage: Stage, taps: TapInterface, lane: int) -> None:
        for index, job in enumerate(self._request.jobs):
            if job.lane != lane:
                continue
            self._outbox.put(JobStarted(index))
            capture = Capture(job.capture, job.injected, self._request.layouts)
            for name in job.runs:
                self._run = name
                runs.run(name, stage, capture, self._request, job, taps, self._outbox)


def _sentence(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
