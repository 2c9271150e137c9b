"""Event logs as an engine would write them, made up but true to scale: a small DiT with its 72 taps on three inputs.

`python event_logs.py FOLDER` writes one NDJSON file per scene.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from workbench.model import events as ev
from workbench.model.build import Build, Diagnostic
from workbench.model.cause import Cause, CauseKind, Explanation, Finding, Remaining
from workbench.model.row import Change, Detail, Error, Row, Source
from workbench.model.verdict import Verdict

START = 1_795_262_400.0
INPUTS = ("arctic", "librivox", "silence")
STAGES = (
    ev.StageInfo("frontend.mel24k", ("arctic",)),
    ev.StageInfo("flow.embed", INPUTS, ("frontend.mel24k",)),
    ev.StageInfo("flow.dit", INPUTS, ("flow.embed",)),
    ev.StageInfo("flow.cfm", ("arctic",), ("flow.dit",)),
    ev.StageInfo("hift.f0", INPUTS, ("flow.cfm",)),
    ev.StageInfo("hift.source", ("arctic",), ("hift.f0",)),
)
BROKEN_TAP = "transformer_blocks.0.ff.ff.2"
BLUE, RED, BOLD, OFF = "\x1b[1m\x1b[38;5;12m", "\x1b[1m\x1b[38;5;9m", "\x1b[1m", "\x1b[0m"
BAR = f"{BLUE}|{OFF}"
E0308 = f"""{RED}error[E0308]{OFF}{BOLD}: mismatched types{OFF}
  {BLUE}--> {OFF}cosyvoice3/src/flow/ff.rs:31:24
   {BAR}
{BLUE}29{OFF} {BAR}     pub fn forward(&self, x: &Tensor) -> Result<Tensor> {{
   {BAR}{" " * 42}{BLUE}-------------- expected `Result<Tensor, candle_core::Error>` because of return type{OFF}
{BLUE}30{OFF} {BAR}         let x = self.up.forward(x)?.gelu()?;
{BLUE}31{OFF} {BAR}         self.down.forward(&x)?
   {BAR}         {RED}^^^^^^^^^^^^^^^^^^^^^^ expected `Result<Tensor, Error>`, found `Tensor`{OFF}
   {BAR}
   {BLUE}= {OFF}{BOLD}note{OFF}: expected enum `{BOLD}Result<{OFF}Tensor{BOLD}, candle_core::Error>{OFF}`
           found struct `{BOLD}Tensor{OFF}`
{BOLD}help{OFF}: try wrapping the expression in `Ok`
"""


def diagnostic(level: str, code: str, message: str, file: str, line: int, rendered: str = "") -> Diagnostic:
    colour = "\x1b[38;5;9m" if level == "error" else "\x1b[33m"
    plain = f"\x1b[1m{colour}{level}[{code}]\x1b[0m\x1b[1m: {message}\x1b[0m\n  --> {file}:{line}:9\n"
    return Diagnostic(
        level=level, message=message, rendered=rendered or plain, file=file, line=line, column=9, code=code
    )


DIAGNOSTICS = (
    diagnostic("warning", "unused_variables", "unused variable: `scale`", "cosyvoice3/src/flow/attention.rs", 54),
    diagnostic("error", "E0308", "mismatched types", "cosyvoice3/src/flow/ff.rs", 31, E0308),
    diagnostic("error", "E0425", "cannot find value `eps` in this scope", "cosyvoice3/src/flow/norm.rs", 12),
)


@dataclass
class Clock:
    """Stamps events with moments that advance."""

    at: float = START

    def after(self, seconds: float) -> float:
        self.at += seconds
        return self.at


def dit_taps(depth: int = 4, dim: int = 1024) -> Iterator[tuple[str, str, tuple[int, ...], str, int]]:
    """Yield (name, kind, shape, file, line) in execution order."""
    wide, deep = (2, 200, dim), (2, 200, 2 * dim)
    flow = "cosyvoice3/src/flow/"
    yield "time_embed.time_embed", "tap", (2, 256), flow + "time_embed.rs", 18
    yield "time_embed.time_mlp.0", "Linear", (2, dim), flow + "time_embed.rs", 31
    yield "time_embed.time_mlp.2", "Linear", (2, dim), flow + "time_embed.rs", 33
    yield "input_embed.proj", "Linear", wide, flow + "input_embed.rs", 40
    yield "input_embed.conv_pos_embed.conv1.0", "Conv1d", (2, dim, 200), flow + "conv_pos_embed.rs", 22
    yield "input_embed.conv_pos_embed.conv2.0", "Conv1d", (2, dim, 200), flow + "conv_pos_embed.rs", 25
    yield "input_embed.conv_pos_embed", "tap", wide, flow + "conv_pos_embed.rs", 27
    yield "input_embed", "tap", wide, flow + "input_embed.rs", 44
    for block in range(depth):
        head = f"transformer_blocks.{block}"
        yield f"{head}.attn_norm.linear", "Linear", (2, 6 * dim), flow + "ada_norm.rs", 28
        yield f"{head}.attn_norm.0", "tap", wide, flow + "ada_norm.rs", 35
        for name, line in (("to_q", 47), ("to_k", 48), ("to_v", 49)):
            yield f"{head}.attn.{name}", "Linear", wide, flow + "attention.rs", line
        yield f"{head}.attn.q_rotary", "tap", wide, flow + "attention.rs", 53
        yield f"{head}.attn.k_rotary", "tap", wide, flow + "attention.rs", 54
        yield f"{head}.attn.to_out.0", "Linear", wide, flow + "attention.rs", 71
        yield f"{head}.attn", "tap", wide, flow + "attention.rs", 74
        yield f"{head}.attn_residual", "tap", wide, flow + "block.rs", 36
        yield f"{head}.ff_norm", "LayerNorm", wide, flow + "block.rs", 39
        yield f"{head}.ff_modulated", "tap", wide, flow + "block.rs", 41
        yield f"{head}.ff.ff.0.0", "Linear", deep, flow + "ff.rs", 29
        yield f"{head}.ff.ff.2", "Linear", wide, flow + "ff.rs", 31
        yield head, "tap", wide, flow + "block.rs", 44
    yield "norm_out.linear", "Linear", (2, 2 * dim), flow + "ada_norm.rs", 52
    yield "norm_out", "tap", wide, flow + "ada_norm.rs", 58
    yield "proj_out", "Linear", (2, 200, 80), flow + "dit.rs", 66
    yield "velocity", "output", (2, 80, 200), flow + "dit.rs", 68


def error(scale: float, times: float) -> Error:
    rms = scale * times
    return Error(rms=rms, max=6.1 * rms, relative=rms / 1.7, times_rms=times, times_max=1.3 * times)


def detail(random: Random, column: str, found: Error, shape: tuple[int, ...]) -> Detail:
    count = 1
    for size in shape:
        count *= size
    index = tuple(random.randrange(size) for size in shape)
    expected = random.uniform(-1, 1)
    middle = index[-1]
    around = [step for step in range(middle - 2, middle + 3) if 0 <= step < shape[-1]]
    values = [expected if step == middle else random.uniform(-1, 1) for step in around]
    actual = [value + (found.max if step == middle else random.gauss(0, found.rms))
              for step, value in zip(around, values, strict=True)]  # fmt: skip
    zeros = count // 9
    bins = [int(count * 0.9 * 2.718 ** (-(((step - 9) / 3.0) ** 2)) / 5.3) for step in range(14)]
    profile = tuple(tuple(abs(random.gauss(found.rms, found.rms / 5)) for _ in range(min(size, 64))) for size in shape)
    return Detail(
        column=column, atol=found.max, rtol=found.max / max(abs(expected), 1e-3), worst_index=index,
        worst_actual=expected + found.max, worst_expected=expected, cosine=1 - found.relative**2 / 2,
        snr_db=120.0 - 20 * len(str(int(found.times_rms))), bias=found.rms / 40, count=count, differing=count - zeros,
        zeros=zeros, histogram_start=-36 if found.times_rms < 10 else -25, histogram=tuple(bins), profile=profile,
        neighbours=tuple(zip(around, actual, values, strict=True)),
    )  # fmt: skip


def row(
    random: Random,
    order: int,
    tap: tuple[str, str, tuple[int, ...], str, int],
    stage: str,
    on: str,
    fault: bool = False,
) -> Row:
    """Return a row of a correct port, or of one whose feed-forward takes the other GELU."""
    name, kind, shape, file, line = tap
    scale, local, accumulated = random.uniform(0.6, 2.4) * 1.2e-7, random.uniform(1.1, 2.1), random.uniform(1.2, 1.65)
    history = [random.uniform(1.1, 2.1) for _ in range(11)]
    verdict, change, reason = Verdict.PASS, Change.NONE, ""
    if fault and name.endswith("ff.ff.2"):
        local, accumulated, verdict, change = (
            random.uniform(560, 600),
            random.uniform(290, 530),
            Verdict.FAIL,
            Change.BROKEN,
        )
        reason = "local error is 593 × floor, the factor is 4"
    elif fault and order > 21:
        accumulated, verdict, change = random.uniform(200, 320), Verdict.LIMITED, Change.WORSE
        reason = f"explained by {BROKEN_TAP}"
    one, two = error(scale, local), error(scale, accumulated)
    column = "local" if verdict is not Verdict.LIMITED else "accumulated"
    return Row(
        stage=stage, input=on, name=name, order=order, kind=kind, dtype="f32", shape=shape, verdict=verdict, local=one,
        accumulated=two, reason=reason, source=Source(file, line, line - 3),
        reference_source=Source("reference/cosyvoice/flow/DiT/modules.py", 300 + order), change=change,
        detail=detail(random, column, one if column == "local" else two, shape),
        history=(*history, max(local, accumulated)),
    )  # fmt: skip


def build(number: int, at: float) -> Build:
    ids = {36: "7be01d55", 37: "a1f3c2d9", 38: "c09e7712"}
    return Build(id=ids.get(number, "0f0f0f0f"), number=number, artifact="target/workbench/libcosyvoice3.so",
                 profile="workbench", made_at=at, seconds=0.42, layers=True)  # fmt: skip


def opened(clock: Clock) -> Iterator[ev.Event]:
    yield ev.SessionOpened(at=clock.after(0.1), name="cosyvoice3", size="small", root="/home/porter/cosyvoice3/rust",
                           stages=STAGES)  # fmt: skip


def built(clock: Clock, generation: int, number: int) -> Iterator[ev.Event]:
    yield ev.StateChanged(generation=generation, at=clock.after(0.06), state="building")
    yield ev.BuildStarted(generation=generation, at=clock.after(0), package="cosyvoice3", edited=("src/flow/ff.rs",))
    yield ev.BuildDone(generation=generation, at=clock.after(0.42), build=build(number, clock.at))


def checked(clock: Clock, generation: int, number: int, fault: bool = False, crash: bool = False) -> Iterator[ev.Event]:
    """Yield a check of two stages; a crash ends `flow.dit` after 30 rows of its second input."""
    random = Random(generation)
    names = ("frontend.mel24k", "flow.dit", "flow.cfm")
    yield ev.StateChanged(generation=generation, at=clock.after(0.01), state="checking")
    yield ev.CheckStarted(generation=generation, at=clock.after(0), build=build(number, clock.at), stages=names)
    rows: list[Row] = []
    for info in STAGES:
        if info.name in names:
            yield from _stage(random, clock, generation, info, fault, crash and info.name == "flow.dit", rows)
    failing = [each for each in rows if each.verdict is Verdict.FAIL]
    counts: dict[str, int] = {}
    for each in rows:
        counts[each.verdict.value] = counts.get(each.verdict.value, 0) + 1
    yield ev.CheckDone(
        generation=generation, at=clock.after(0.01), build=build(number, clock.at), seconds=0.31, counts=counts,
        verdict=Verdict.FAIL if failing or crash else Verdict.PASS,
        first=min(failing, key=lambda each: each.order) if failing else None,
    )  # fmt: skip
    yield ev.StateChanged(generation=generation, at=clock.after(0), state="idle")


def _stage(
    random: Random, clock: Clock, generation: int, info: ev.StageInfo, fault: bool, crash: bool, rows: list[Row]
) -> Iterator[ev.Event]:
    taps = list(_taps(info.name))
    for on in info.inputs:
        yield ev.StageStarted(generation=generation, at=clock.after(0.001), stage=info.name, input=on, rows=len(taps))
        ends_early = crash and on == info.inputs[1]
        for order, tap in enumerate(taps[:30] if ends_early else taps):
            made = row(random, order, tap, info.name, on, fault and info.name == "flow.dit")
            rows.append(made)
            yield ev.RowReady(generation=generation, at=clock.after(0.001), row=made)
        if ends_early:
            yield ev.StageDone(
                generation=generation, at=clock.after(0.1), stage=info.name, input=on, verdict=Verdict.FAIL,
                seconds=0.2,
                reason="the port died of signal 11 (SIGSEGV) after transformer_blocks.1.attn.q_rotary",
                stderr="thread '<unnamed>' panicked at cosyvoice3/src/flow/attention.rs:61:9:\n"
                "index out of bounds: the len is 64 but the index is 64\n",
            )  # fmt: skip
            return
        mine = [each.verdict for each in rows if each.stage == info.name and each.input == on]
        done = max(mine, key=lambda verdict: verdict.severity)
        yield ev.StageDone(generation=generation, at=clock.after(0.001), stage=info.name, input=on, verdict=done,
                           seconds=0.1)  # fmt: skip


def _taps(stage: str) -> Iterator[tuple[str, str, tuple[int, ...], str, int]]:
    if stage == "flow.dit":
        yield from dit_taps()
    elif stage == "flow.cfm":
        for step in range(25):
            yield "velocity" + (f"#{step}" if step else ""), "tap", (2, 80, 200), "cosyvoice3/src/flow/cfm.rs", 48
        yield "mel", "output", (1, 80, 200), "cosyvoice3/src/flow/cfm.rs", 57
    else:
        yield "stft", "tap", (1, 961, 400), "cosyvoice3/src/mel.rs", 31
        yield "mel", "output", (1, 80, 400), "cosyvoice3/src/mel.rs", 44


def passing(clock: Clock) -> Iterator[ev.Event]:
    yield from opened(clock)
    yield from built(clock, 1, 36)
    yield from checked(clock, 1, 36)


def failing(clock: Clock) -> Iterator[ev.Event]:
    yield from passing(clock)
    clock.after(12)
    yield from built(clock, 2, 37)
    yield from checked(clock, 2, 37, fault=True)


def cause(family: str, words: str, after: float, kind: CauseKind = CauseKind.MUTATION) -> Cause:
    python = Source("sessions/cosyvoice3/cosyvoice3_reference/dit.py", 34) if kind is CauseKind.MUTATION else None
    return Cause(kind=kind, family=family, words=words, before=Remaining(593.0, 611.0), tried=112, runner_up=61.0,
                 after=Remaining(after, 1.4 * after), python=python)  # fmt: skip


CAUSES = (
    cause("activation", "gelu in its erf form for its tanh form", 1.2),
    cause("power", "the port's output is the reference's to the power of 1.0004", 1.3, CauseKind.TENSOR),
)


def explaining(clock: Clock) -> Iterator[ev.Event]:
    yield from failing(clock)
    yield ev.ExplainStarted(generation=2, at=clock.after(0.01), row=_first(failing(Clock())))


def explained(clock: Clock) -> Iterator[ev.Event]:
    yield from explaining(clock)
    row = _first(failing(Clock()))
    yield ev.CauseFound(generation=2, at=clock.after(0.8), row=row, cause=CAUSES[0])
    said = Explanation(CAUSES, tried=112, nearest=("linear without its bias", 61.0))
    yield ev.Explained(generation=2, at=clock.after(0.4), row=row, explanation=said, seconds=1.2)


def unexplained(clock: Clock) -> Iterator[ev.Event]:
    yield from explaining(clock)
    said = Explanation(
        findings=(Finding("place", "the error sits in the last 8 of 1024 along axis 2"),), tried=412,
        ruled_out=("activation", "bias", "norm eps"), nearest=("linear without its bias", 61.0),
    )  # fmt: skip
    yield ev.Explained(generation=2, at=clock.after(1.4), row=_first(failing(Clock())), explanation=said, seconds=1.4)


def _first(events: Iterator[ev.Event]) -> Row:
    """Return the first divergence of the last check."""
    checks = [event.first for event in events if isinstance(event, ev.CheckDone) and event.first]
    return checks[-1]


def compile_error(clock: Clock) -> Iterator[ev.Event]:
    yield from passing(clock)
    yield ev.StateChanged(generation=2, at=clock.after(5), state="building")
    yield ev.BuildStarted(generation=2, at=clock.after(0), package="cosyvoice3", edited=("src/flow/ff.rs",))
    for each in DIAGNOSTICS:
        yield ev.DiagnosticReady(generation=2, at=clock.after(0.1), diagnostic=each)
    yield ev.BuildFailed(generation=2, at=clock.after(0.1), reason="cargo found 2 errors", seconds=0.61)
    yield ev.StateChanged(generation=2, at=clock.after(0), state="idle")


def building(clock: Clock) -> Iterator[ev.Event]:
    yield from failing(clock)
    yield ev.StateChanged(generation=3, at=clock.after(9), state="building")
    yield ev.BuildStarted(generation=3, at=clock.after(0), package="cosyvoice3", edited=("src/flow/ff.rs",))
    for done, crate in enumerate(("candle-core", "candle-nn", "tap", "stage", "cosyvoice3")):
        yield ev.Progress(
            generation=3, at=clock.after(1.4), task="build", label=f"compiling {crate}", done=211 + done, total=219
        )


def first_capture(clock: Clock) -> Iterator[ev.Event]:
    yield from opened(clock)
    yield from built(clock, 1, 1)
    yield ev.StateChanged(generation=1, at=clock.after(0), state="capturing")
    yield ev.Progress(generation=1, at=clock.after(1.2), task="setup", label="torch is being imported", done=0)
    for done in range(27):
        yield ev.Progress(
            generation=1, at=clock.after(0.31), task="capture", label="flow.dit arctic float64", done=done, total=72
        )


def crash(clock: Clock) -> Iterator[ev.Event]:
    yield from passing(clock)
    clock.after(20)
    yield from built(clock, 2, 37)
    yield from checked(clock, 2, 37, crash=True)


def broken(clock: Clock) -> Iterator[ev.Event]:
    yield from opened(clock)
    yield ev.Broken(
        at=clock.after(0.3),
        text="cargo was not found: neither on PATH nor in the pixi environment of /home/porter/cosyvoice3/rust; "
        "install Rust 1.85 or later with rustup, or add `rust` to pixi.toml, then press R",
    )


def big(clock: Clock, taps: int = 2000, repeats: int = 1) -> Iterator[ev.Event]:
    """Yield one stage with this many taps on one input, checked `repeats` times, every row twice per check."""
    info = ev.StageInfo("flow.dit", ("arctic",))
    yield ev.SessionOpened(at=clock.after(0.1), name="cosyvoice3", size="full", root="/home/porter", stages=(info,))
    random = Random(7)
    for generation in range(1, repeats + 1):
        yield from built(clock, generation, 36)
        yield ev.CheckStarted(generation=generation, at=clock.after(0), build=build(36, clock.at), stages=("flow.dit",))
        yield ev.StageStarted(generation=generation, at=clock.after(0), stage="flow.dit", input="arctic", rows=taps)
        for order in range(taps):
            kinds = ("attn.to_q", "attn.to_k", "attn.to_v", "ff.ff.0.0", "ff.ff.2")
            tap = (
                f"transformer_blocks.{order // 5}.{kinds[order % 5]}",
                "Linear",
                (2, 200, 1024),
                "src/block.rs",
                order,
            )
            made = row(random, order, tap, "flow.dit", "arctic", fault=False)
            yield ev.RowReady(generation=generation, at=clock.after(0.002), row=made)
        yield ev.StageDone(generation=generation, at=clock.after(0), stage="flow.dit", input="arctic",
                           verdict=Verdict.PASS, seconds=1.0)  # fmt: skip
        yield ev.CheckDone(generation=generation, at=clock.after(0), build=build(36, clock.at), verdict=Verdict.PASS,
                           seconds=4.0, counts={"pass": taps})  # fmt: skip


SCENES = {
    "passing": passing, "failing": failing, "compile_error": compile_error, "building": building,
    "first_capture": first_capture, "crash": crash, "broken": broken, "explaining": explaining, "explained": explained,
    "unexplained": unexplained,
}  # fmt: skip


def write_log(path: Path, events: Iterator[ev.Event]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(ev.encode(event) + b"\n" for event in events))
    return path


def scene(name: str, folder: Path) -> Path:
    """Write one scene's log and return its path."""
    return write_log(folder / f"{name}.ndjson", SCENES[name](Clock()))


if __name__ == "__main__":
    for each in SCENES:
        print(scene(each, Path(sys.argv[1])))
