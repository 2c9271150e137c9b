"""Judges what the last check left once more, by the session as it is now: nothing is built and nothing is run."""

from collections.abc import Mapping, Sequence

from workbench.engine import results
from workbench.engine.captures import Captures
from workbench.engine.lanes import Turn
from workbench.engine.results import Results
from workbench.engine.stage_check import StageCheck
from workbench.engine.stage_run import StageRun
from workbench.engine.summary import Ended
from workbench.model.build import Build
from workbench.model.errors import WorkbenchError
from workbench.native.protocol import Loaded


async def last_build(captures: Captures, inputs: Mapping[str, Sequence[str]]) -> Build:
    """Return the build that the first kept result of these stages' inputs is of; raises WorkbenchError without one."""
    for stage, names in inputs.items():
        for name in names:
            capture = await captures.present(stage, name)
            if capture and (found := results.kept(capture)):
                return found.head.build
    raise WorkbenchError("no check left a result to judge: run `workbench check` once")


async def rejudge(check: StageCheck) -> list[Ended]:
    """Return what every input of a stage comes to; raises WorkbenchError where the last check left nothing to judge."""
    ended = []
    for name in check.port.config.inputs:
        capture, found = await check.port.captures.present(check.port.stage, name), None
        if capture is None or (found := results.kept(capture)) is None:
            what = "no capture that fits the present" if capture is None else "no result of a check"
            raise WorkbenchError(f"{check.port.stage} on {name}: there is {what}: run `workbench check` once")
        check.require([capture])
        run = StageRun(check.port.config, capture, check.context)
        await _judge(check, run, found)
        if run.done:
            ended.append(Ended(run.done, run.rows))
    return ended


async def _judge(check: StageCheck, run: StageRun, found: Results) -> None:
    run.use_injected(found.head.digest)
    run.start()
    for message in found.messages:
        if isinstance(message, Loaded):
            check.preflight_of(message, await check.port.captures.weights(check.port.stage), [Turn(run, ())])
        run.take(message)
    run.conclude()
