"""What the engine asks of the native worker and what comes back; both sides use these types.

Two channels: the server's stdin and stdout carry `Command` and `Notice`, the socket of a run carries
`Message`; all are JSON, one per line. No float is ever inf or NaN: what is unbounded is 1e99.
"""

import re
from typing import Annotated, Literal

import msgspec

from workbench.model.build import Runs
from workbench.model.session import Invariant
from workbench.model.sound import Numbers

RunName = Literal["injected", "free"]
UNBOUNDED = 1e99
KEPT = "port"
_refused = re.compile(r"memory allocation of \d+ bytes failed")


class Job(msgspec.Struct, frozen=True):
    """One capture, by its folder, and the runs on it.

    `injected` is the digest of a set of injected taps, which the run of that name needs. Jobs of one `lane` run one
    after the other, lanes side by side. The port's tensor of the tap `keep`, if it is named, goes into the safetensors
    file `kept_in` under the name KEPT, as the last run had it. In a free run the port goes on with the reference's
    tensor at the taps `only`, and with the tensor KEPT of a safetensors file at the taps `put`, and nowhere else. An
    input in `fed` is taken from a safetensors file, under a name there, and not from the capture. The outputs of the
    last run go into the safetensors file `outputs_in`, if it is named.
    """

    capture: str
    injected: str = ""
    runs: Annotated[tuple[RunName, ...], msgspec.Meta(min_length=1)] = ("injected", "free")
    lane: int = 0
    keep: str = ""
    kept_in: str = ""
    only: tuple[str, ...] = ()
    put: dict[str, str] = {}
    fed: dict[str, tuple[str, str]] = {}
    outputs_in: str = ""

    def __post_init__(self) -> None:
        """Raise ValueError when the injected run is asked for without its capture."""
        if "injected" in self.runs and not self.injected:
            raise ValueError("the injected run needs the digest of an injected capture")


class Request(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """One stage of one build, loaded once and run on every job's capture.

    `module` is the import name of the artifact (empty: from the file name), `suffixes` stand behind the names of its
    tap interface. `port` is a session's `port.py`, which then is the stage module; it finds the artifact's path in the
    environment variable WORKBENCH_ARTIFACT. `part` is the part to load, empty for the whole stage. `map` leads from a
    native name without `prefix` to the reference's, `margins` from an integer output to the tap that it is chosen from.
    `layouts` has, by reference tap, how native axes become the reference's, `draws` by input of the port which draws of
    the reference it is given. `invariants` are held against both sides' outputs. `sounds` has the rate in Hz by output
    that is one. `memory_limit` is in bytes, 0 for none. `threads` bounds the port's thread pool (rayon's) unless the
    environment does; 0 leaves it alone. The client fills in `id`, `stderr` and `socket`.

    `runs` says what the artifact is; an executable is called with `arguments`. `site` is the unpacked wheel that the
    artifact is imported from, empty where it is none. `environment` is set before anything is loaded.
    """

    artifact: str
    stage: str
    jobs: Annotated[tuple[Job, ...], msgspec.Meta(min_length=1)]
    part: str = ""
    module: str = ""
    suffixes: tuple[str, ...] = ("",)
    runs: Runs = "module"
    site: str = ""
    arguments: tuple[str, ...] = ()
    environment: dict[str, str] = {}
    port: str = ""
    weights: tuple[str, ...] = ()
    config: str = "{}"
    prefix: str = ""
    map: dict[str, str] = {}
    margins: dict[str, str] = {}
    layouts: dict[str, str] = {}
    draws: dict[str, str] = {}
    invariants: dict[str, Invariant] = {}
    sounds: dict[str, int] = {}
    memory_limit: int = 0
    threads: int = 0
    id: int = 0
    stderr: str = ""
    socket: str = ""


class Kill(msgspec.Struct, frozen=True, tag=True):
    """End the run `id` and everything that it started."""

    id: int


class Ready(msgspec.Struct, frozen=True, tag=True):
    """The server has preloaded what it preloads, in `seconds`."""

    pid: int
    seconds: float


class Forked(msgspec.Struct, frozen=True, tag=True):
    """The run `id` has a process."""

    id: int
    pid: int


class Reaped(msgspec.Struct, frozen=True, tag=True):
    """The process of run `id` is gone: `exit` as in subprocess (negative = signal), `max_rss` in bytes."""

    id: int
    exit: int
    max_rss: int


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """The port's tensor against the float64 reference (expected − noise), where both are finite.

    `rms` and `max_abs` are in the tensor's unit, `relative` is rms over the rms of the reference, `bias` is
    the mean signed error. `atol` and `rtol` are the smallest tolerances that would pass, each alone.
    `histogram` counts elements by floor(log2|error|) from `histogram_start`, trimmed to its non-zero range;
    exact ones are `zeros`. `profile` has per axis the rms error in at most 64 bins. `neighbours` are (index
    along the last axis, port, reference) around the worst element, where finite. `worst_index` is empty
    when nothing could be compared. `nonfinite` counts elements that are not finite on one side only, or not
    finite in different ways; `nan` and `inf` count the port's. Integer tensors use the same fields;
    `differing` counts their unequal elements.
    """

    rms: float
    max_abs: float
    relative: float
    bias: float
    cosine: float
    snr_db: float
    atol: float
    rtol: float
    count: int
    differing: int
    zeros: int
    nonfinite: int
    nan: int
    inf: int
    worst_index: tuple[int, ...]
    worst_actual: float
    worst_expected: float
    neighbours: tuple[tuple[int, float, float], ...]
    histogram_start: int
    histogram: tuple[int, ...]
    profile: tuple[tuple[float, ...], ...]


class Loaded(msgspec.Struct, frozen=True, tag=True):
    """The stage is loaded; `keys` are the checkpoint keys that were read, empty when the build cannot tell.

    `layers` and `taps` say which of the two tap interfaces the artifact exports; `parts` are the parts that the
    stage can be loaded by, in execution order.
    """

    seconds: float
    keys: tuple[str, ...]
    layers: bool
    taps: bool
    parts: tuple[str, ...] = ()


class JobStarted(msgspec.Struct, frozen=True, tag=True):
    """What follows is of the request's job `index`, until another one starts or goes on."""

    index: int


class LaneEnded(msgspec.Struct, frozen=True, tag=True):
    """The process of lane `lane` ended: `exit` as in subprocess."""

    lane: int
    exit: int


class RunStarted(msgspec.Struct, frozen=True, tag=True):
    """A run begins; `total` is how many taps and outputs the reference has."""

    run: RunName
    total: int


class TapCompared(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """One tensor of the port, by its reference name.

    `order` is the index in the capture's manifest, -1 for a tap that the reference has not. `kind` is the
    layer's type, `tap` or `output`. `first_line` is the line of the tap before it from the same file where
    that is smaller than `line`, else 0. `problem` says why the tensors cannot be compared; `measured` is
    absent then, and for taps that the reference has not.
    """

    run: RunName
    order: int
    name: str
    kind: str
    dtype: str
    shape: tuple[int, ...]
    file: str = ""
    line: int = 0
    first_line: int = 0
    problem: str = ""
    measured: Measured | None = None


class Margin(msgspec.Struct, frozen=True, tag=True):
    """The reference's widest top-two margin (in the unit of its logits) where an integer output differs."""

    run: RunName
    name: str
    margin: float


class Held(msgspec.Struct, frozen=True, tag=True):
    """By how much each side breaks an invariant of the output `name`, and how much still counts as holding it."""

    run: RunName
    name: str
    invariant: str
    port: float
    reference: float
    tolerance: float


class Heard(msgspec.Struct, frozen=True, tag=True):
    """The numbers of the output `name`, which is a sound, beside the float64 reference."""

    run: RunName
    name: str
    numbers: Numbers


class Missing(msgspec.Struct, frozen=True, tag=True):
    """Names of the reference that never came: outputs, and modules with parameters of their own."""

    run: RunName
    names: tuple[str, ...]


class RunDone(msgspec.Struct, frozen=True, tag=True):
    """A run ended; `names` are the port's taps in the order they came, under their reference names.

    `seconds` includes the comparing, `sink_seconds` is the comparing alone; `unnamed` counts layers without
    a key. `injects` is false where what is put in at a tap does not reach the port.
    """

    run: RunName
    seconds: float
    sink_seconds: float
    names: tuple[str, ...]
    unnamed: int
    injects: bool = True


FailureKind = Literal["artifact", "protocol", "stage", "capture", "exception", "panic", "memory", "internal"]


class StageFailed(msgspec.Struct, frozen=True, tag=True):
    """The stage cannot go on: one sentence, and where it happened (`run` is empty before the first run).

    `artifact`: the build is not loadable; `protocol`: it is, but is no stage module; `stage`: it has no
    such stage; `capture`: the capture on disk is damaged; `exception`, `panic`, `memory`: the port failed;
    `internal`: we did.
    """

    error: str
    kind: FailureKind
    run: RunName | Literal[""] = ""
    trace: str = ""


class Finished(msgspec.Struct, frozen=True, tag=True):
    """The child said all that it had to say; only its end follows."""


class Exited(msgspec.Struct, frozen=True, tag=True):
    """Always the last message of a run, made by the client.

    `status` as in subprocess (negative = signal); `signal` is that signal's name or empty; `max_rss` in
    bytes; `stderr` is the end of what the run printed. `timed_out` and `cancelled` say that we ended it;
    `lost`, that the worker's server died under it.
    """

    status: int
    signal: str
    max_rss: int
    stderr: str
    seconds: float
    timed_out: bool = False
    cancelled: bool = False
    lost: bool = False

    @property
    def sentence(self) -> str:
        """How the run ended, as a clause; empty when it ended as it should."""
        if self.timed_out:
            return f"ran into its time limit after {self.seconds:.1f} s"
        if self.cancelled:
            return "was cancelled"
        if self.lost:
            return "was lost with the native worker's server"
        refused = _refused.search(self.stderr)
        if self.signal == "SIGABRT" and refused:
            return f"ran into its memory limit: {refused[0]}"
        if self.signal == "SIGKILL":
            return "was killed from outside, perhaps by the kernel for want of memory"
        if self.signal:
            return f"crashed ({self.signal})"
        return f"left the process with status {self.status}" if self.status else ""


class JobGoesOn(msgspec.Struct, frozen=True, tag=True):
    """Made by the client where lanes take turns: what follows is of job `index`, which started before."""

    index: int


class LaneExited(msgspec.Struct, frozen=True, tag=True):
    """Made by the client: the lane of the job that was named last has ended before the others, like this."""

    exited: Exited


Command = Request | Kill
Notice = Ready | Forked | Reaped
Sent = (
    Loaded
    | JobStarted
    | LaneEnded
    | RunStarted
    | TapCompared
    | Margin
    | Held
    | Heard
    | Missing
    | RunDone
    | StageFailed
    | Finished
)
Message = Sent | JobGoesOn | LaneExited | Exited
