"""One run of a loaded stage on a capture, from its first tap to its last output."""

import time
from pathlib import Path

import numpy as np

from workbench.native.cabi import TapInterface
from workbench.native.captures import Capture
from workbench.native.dtypes import NUMPY, widened
from workbench.native.failure import Failure
from workbench.native.kept import keep, keep_all
from workbench.native.mapped import MappedTensors
from workbench.native.outbox import Outbox
from workbench.native.outside import fed_with
from workbench.native.protocol import Heard, Held, Job, Margin, Missing, Request, RunDone, RunName, RunStarted
from workbench.native.sink import Sink, flat
from workbench.native.stage import Stage


def run(
    name: RunName, stage: Stage, capture: Capture, request: Request, job: Job, taps: TapInterface, outbox: Outbox
) -> None:
    """Run the stage and send what its taps and outputs are worth. Raises Failure, also for what went wrong in the sink.

    Every tap that came has been sent by then, whatever the stage did after it.
    """
    inputs = capture.inputs() | capture.drawn(request.draws) | capture.fed(stage.needs, request.map) | _fed(job)
    outbox.put(RunStarted(name, len(capture.taps)))
    expected = capture.expected(name, job.only, job.put)
    fed = fed_with(capture, expected, request)
    with Sink(name, expected, request.prefix, request.map, outbox, job.keep) as sink:
        begun = time.perf_counter()
        with taps.installed(sink.receiver):
            outputs = stage.run(inputs, sink, fed)
        seconds = time.perf_counter() - begun
        for output, array in outputs.items():
            sink.output(output, array)
    for output, logits in request.margins.items():
        margin = capture.margin(output, logits, outputs[output]) if output in outputs else None
        if margin is not None:
            outbox.put(Margin(name, output, margin))
    for said, invariant in request.invariants.items() if name == "free" else ():
        held = capture.held(invariant, outputs[invariant.of]) if invariant.of in outputs else None
        if held is not None:
            outbox.put(Held(name, invariant.of, said, *held))
    if sink.failure is not None:
        raise sink.failure
    for output, rate in request.sounds.items() if name == "free" and not job.only else ():
        if output in outputs:
            _hear(name, output, outputs[output], rate, capture, outbox)
    if sink.kept:
        dtype, shape, content = sink.kept
        whole = capture.as_reference(job.keep, np.frombuffer(content, NUMPY[dtype]).reshape(shape))
        keep(dtype, list(whole.shape), whole.tobytes(), Path(job.kept_in))
    if job.outputs_in:
        _keep_outputs(outputs, Path(job.outputs_in))
    if not request.part:
        outbox.put(Missing(name, _missing(capture, sink)))
    outbox.put(RunDone(name, seconds, sink.seconds, sink.names, sink.unnamed, fed.injects))


def _hear(run: RunName, output: str, array: np.ndarray, rate: int, capture: Capture, outbox: Outbox) -> None:
    dtype, content = flat(output, array)
    heard = capture.heard(output, widened(content.view(NUMPY[dtype]), dtype, "f64"), rate)
    if heard is not None:
        outbox.put(Heard(run, output, heard))


def _fed(job: Job) -> dict[str, np.ndarray]:
    """Return what a stage is fed with by the one before it."""
    given = {}
    for name, (file, key) in job.fed.items():
        tensor = MappedTensors(Path(file), "run the stage before it again").get(key)
        if tensor is None:
            raise Failure("stage", f"the port's stage before this one has no output `{key}`, which `{name}` is to be")
        given[name] = tensor.array
    return given


def _keep_outputs(outputs: dict[str, np.ndarray], path: Path) -> None:
    kept = {}
    for name, array in outputs.items():
        dtype, content = flat(name, array)
        kept[name] = dtype, list(array.shape), content.tobytes()
    keep_all(kept, path)


def _missing(capture: Capture, sink: Sink) -> tuple[str, ...]:
    seen = sink.seen
    return tuple(tap.name for tap in capture.taps if tap.required and tap.name not in seen)
