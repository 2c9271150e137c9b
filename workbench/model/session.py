"""The declared type of `session.toml`: it validates the file, documents it and makes its JSON schema."""

from fnmatch import fnmatchcase
from typing import Annotated, Literal

import msgspec

Name = Annotated[str, msgspec.Meta(min_length=1)]
Positive = Annotated[float, msgspec.Meta(gt=0)]


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class Reference(_Table, frozen=True):
    """The Python side that is to be matched."""

    file: Name = "reference.py"
    python: str = ""
    """Another interpreter to run the reference under; needs numpy, safetensors, torch. Empty: the workbench's own."""
    environment: tuple[str, ...] = ()
    """Environment variables that change what the reference is; their values, and the sources below the folders
    that they name, are part of a capture's key."""
    seed: int = 1986


class Native(_Table, frozen=True):
    """The native side, how it is built and how it is run.

    Paths are relative to the session's folder.
    """

    build: Literal["cargo", "maturin", "command", "none"] = "cargo"
    """`cargo`: a crate; `maturin`: a wheel, unpacked where builds are kept; `command`: whatever leaves `artifact`;
    `none`: `artifact` is there already."""
    manifest: str = ""
    """The `Cargo.toml` of the workspace or crate; with maturin also the `pyproject.toml`."""
    package: str = ""
    """The cargo package whose shared object is run; with maturin empty for the manifest's own."""
    binary: str = ""
    """Build this executable of the package instead of its shared object."""
    command: tuple[Name, ...] = ()
    """What `build = "command"` runs, in `folder`."""
    folder: str = ""
    """Where `command` runs; empty: the session's folder."""
    artifact: str = ""
    """What the command leaves: a shared object, an executable, or a folder of tensors
    (`<stage>/<input>.safetensors`)."""
    sources: tuple[Name, ...] = ()
    """Files, folders and patterns (`../src/**/*.cu`) that the command reads: a save there builds again."""
    module: str = ""
    """Name under which Python imports it; empty: the library's own name."""
    port: str = ""
    """A Python file with `stages` and `load` for a module, a library or an executable that knows nothing of us."""
    arguments: tuple[str, ...] = ()
    """What an executable is called with; `{stage}`, `{inputs}`, `{outputs}`, `{weights}` and `{config}` are filled
    in."""
    profile: Literal["workbench", "dev", "release"] | str = "workbench"
    features: tuple[str, ...] = ()
    layers: bool = True
    """Build against the instrumented candle-nn, so that every layer is tapped."""
    pixi: bool | None = None
    """Take the build environment from pixi; unset: when a pixi manifest lies beside the workspace or above it."""
    conda: str = ""
    """Prefix of the conda environment to build in, in place of pixi's."""
    target: str = ""
    """Cargo's target folder; empty: the workbench's own."""
    python: str = ""
    """The interpreter that extensions are built for; empty: the workbench's own."""
    environment: dict[str, str] = {}
    """Variables for building and running."""
    switches: tuple[Name, ...] = ()
    """Variables, or patterns (`COVERTREEX_*`), that change what the port does: shown beside every build."""


class Size(_Table, frozen=True):
    """One size of the model."""

    config: Name
    """JSON file with the configuration that both sides are built from, relative to the session's folder."""


class Checkpoint(_Table, frozen=True):
    """Where a checkpoint comes from."""

    files: tuple[str, ...] = ()
    """Candidates, the first one that exists is used; `$NAME` stands for an environment variable."""
    vendored: dict[Name, Name] = {}
    """Size → the file that comes with the session, relative to its folder: used at that size when no candidate of
    `files` has its variable set."""
    synthetic: bool = False
    """Let the reference's `@checkpoint` function make it when no file is found."""


class Factor(_Table, frozen=True):
    """How far above the floor a row may lie; another value than the default needs a reason."""

    rms: Positive = 4.0
    max: Positive = 8.0
    reason: str = ""

    @property
    def unreasoned(self) -> bool:
        """Whether it is another one than the default, and does not say why."""
        return (self.rms, self.max) != (Factor().rms, Factor().max) and not self.reason.strip()


class Invariant(_Table, frozen=True):
    """What has to hold of an output on both sides."""

    of: Name
    """The output."""
    rule: Literal["zero diagonal", "symmetric", "within", "unit norm", "sums to one"]
    range: tuple[float, float] = (0.0, 0.0)
    """The bounds of `within`, which has to have them."""
    axis: int = -1
    """The axis of `unit norm` and `sums to one`."""
    tolerance: Annotated[float, msgspec.Meta(ge=0)] = 0.0
    """How far off still holds; 0 for 16 float32 roundings of the reference's largest element."""


class Stage(_Table, frozen=True):
    """One checkable step of the model."""

    inputs: Annotated[tuple[Name, ...], msgspec.Meta(min_length=1)]
    weights: tuple[Name, ...] = ()
    after: tuple[Name, ...] = ()
    """Stages whose outputs feed this one."""
    config: str = ""
    """Dotted path of the object in the size's configuration that this stage is built from; empty: all of it."""
    prefix: str = ""
    """What the native tap names have in front of the reference's."""
    map: dict[Name, Name] = {}
    """Native tap name (without prefix) → reference tap name, where they differ."""
    factor: Factor = Factor()
    factors: dict[Name, Factor] = {}
    """Tap, or a pattern with `*`, → the factor there; the first that fits holds in place of the stage's."""
    ranges: dict[Name, tuple[float, float]] = {}
    """Tap, output or input → the smallest and the largest value that are plausible there. Where the reference leaves
    it, sides that agree are inconclusive."""
    margins: dict[Name, Name] = {}
    """Integer output → the tap of the same shape and a last axis of classes that it is chosen from. Where the
    reference's own top-two margin there is below that tap's floor, a differing integer is limited, else it fails."""
    draws: dict[Name, Name] = {}
    """Input of the port → the random numbers of the reference that it is given: by the function that drew them
    (`randn_like`) or by its line (`flow.py:12`); the second of several comes as `name#1`."""
    invariants: dict[Name, Invariant] = {}
    """In words → what has to hold of an output, whatever the other side says."""
    sounds: dict[Name, Annotated[int, msgspec.Meta(ge=1000, le=384_000)]] = {}
    """Output that is a sound, mono, full scale ±1 → its rate in Hz: it can be heard, and is judged as a sound too."""
    hear: dict[Name, Name] = {}
    """Output that becomes a sound → the `stage.input` of a vocoder, a stage with `sounds`: both sides are heard through
    the newest build of it."""
    layouts: dict[Name, Name] = {}
    """Tap or output → how its native axes become the reference's, `b t d -> b d t`: the only way across layouts. Rows
    show the native shape and index."""
    untapped: tuple[Name, ...] = ()
    """Taps, or patterns with `*`, that are neither recorded nor compared: what another stage checks already, and what
    would be too much (a network's inside in each of ten solver steps)."""
    time_limit: Positive = 120.0
    """Seconds until a run counts as a hang."""
    memory_limit: Positive = 8.0
    """GiB of private memory that a run may take."""

    def taps(self, name: str) -> bool:
        """Return whether a tap of this name is compared."""
        return not any(fnmatchcase(name, pattern) for pattern in self.untapped)

    def factor_of(self, tap: str) -> Factor:
        """Return the factor that holds at a tap."""
        return next((factor for pattern, factor in self.factors.items() if fnmatchcase(tap, pattern)), self.factor)


class Chain(_Table, frozen=True):
    """Stages run one after the other, each side on its own results."""

    links: Annotated[dict[Name, dict[Name, Name]], msgspec.Meta(min_length=1)]
    """Stage → its inputs and the `stage.output` that each is taken from. What is not named here the reference's
    `inputs()` gives, on both sides."""
    input: Name = "chain"
    """The name that `inputs()` is asked for, and that the chain's rows have as their input."""
    environment: tuple[str, ...] = ()
    """Environment variables that `inputs()` goes by there; a file that one of them names counts with its content."""


class Harness(_Table, frozen=True):
    """What a run of the chain leaves for people: its tensors, sounds and tables, under names of the session's own.

    A tensor is a `stage.output` or a `stage.input` of the chain, as the reference has it.
    """

    artifacts: dict[Name, dict[Name, Name]] = {}
    """Safetensors file → its keys and the tensor that each is; whole numbers are written as int32."""
    reference_sounds: dict[Name, Name] = {}
    """Wav file → the tensor that it is."""
    native_sounds: dict[Name, Name] = {}
    """Wav file → the `stage.output` that it is, as the port gave it."""
    rate: int = 24_000
    """Of the sounds, in Hz."""
    logs: dict[Name, tuple[Name, ...]] = {}
    """Text file → the stages, or patterns with `*`, whose tables it has."""


class Command(_Table, frozen=True):
    """A command of the project's own that is run on a build: tests, or a benchmark. One of `pytest`, `cargo` and
    `command` says what it is.

    It finds the build in WORKBENCH_ARTIFACT; an extension is what its Python imports first.
    """

    pytest: tuple[Name, ...] = ()
    """Nodes and options; each test is a row. Run with `--runxfail`, so that a test that is marked to fail counts."""
    cargo: tuple[str, ...] = ()
    """Filter and options of `cargo test`; each test is a row."""
    command: tuple[Name, ...] = ()
    """Any command; its exit status is the verdict."""
    folder: str = ""
    """Where it runs, relative to the session's folder; empty: there."""
    python: str = ""
    """The interpreter with pytest; empty: `native.python`, else the workbench's own."""
    figure: str = ""
    """A pattern whose first group is the command's figure; the last match counts."""
    unit: str = ""
    better: Literal["higher", "lower"] = "higher"
    environment: dict[str, str] = {}
    time_limit: Positive = 600.0
    """Seconds until it counts as a hang."""


def origin(source: str) -> tuple[str, str]:
    """Return stage and output of a `stage.output`."""
    stage, _, output = source.rpartition(".")
    return stage, output


class Session(_Table, frozen=True):
    """One porting project."""

    name: Name
    native: Native
    stages: Annotated[dict[Name, Stage], msgspec.Meta(min_length=1)]
    sizes: Annotated[dict[Name, Size], msgspec.Meta(min_length=1)]
    reference: Reference = Reference()
    default_size: str = ""
    checkpoints: dict[Name, Checkpoint] = {}
    tests: dict[Name, Command] = {}
    """Tests of the project's own, run after the stages and shown beside them."""
    after_green: dict[Name, Command] = {}
    """Commands that run once everything passes; their figures are kept by build."""
    chain: Chain | None = None
    harness: Harness | None = None

    def elsewhere(self, stage: str) -> tuple[str, ...]:
        """Return the prefixes below a stage's own that other stages of its checkpoints have: their keys are theirs."""
        own = self.stages[stage]
        return tuple(
            other.prefix
            for name, other in self.stages.items()
            if name != stage
            and set(other.weights) & set(own.weights)
            and other.prefix.startswith(own.prefix)
            and other.prefix != own.prefix
        )

    def shares_weights(self, stage: str) -> bool:
        """Return whether another stage is made from one of the same checkpoints."""
        own = {*self.stages[stage].weights}
        return any(own & {*other.weights} for name, other in self.stages.items() if name != stage)
