"""The rows of one stage on one input, put together while the taps arrive."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from workbench.compare.changes import change
from workbench.compare.floor import FLOATS, UNTRUSTWORTHY, UNTRUSTWORTHY_IN_A_CHAIN, in_floors
from workbench.compare.judge import NO_SPREAD, Choice, Evidence, Invariance, judge
from workbench.engine.capture_files import Capture, Spread
from workbench.engine.context import Context
from workbench.engine.plausible import implausible
from workbench.engine.sound_rows import sound_rows
from workbench.engine.unable import MISSING
from workbench.model.draws import handed
from workbench.model.row import Detail, Error, Row, Source
from workbench.model.session import Stage
from workbench.model.sound import Numbers
from workbench.model.verdict import Verdict
from workbench.native.protocol import Heard, Held, Margin, Measured, RunName, TapCompared

ORDER_STEP = 1000
"""Distance in `order` between two taps of the reference; taps that only the port has lie between them."""

PAST = 12


@dataclass
class _Tap:
    """What has arrived of one row."""

    order: int
    first: TapCompared
    columns: dict[str, TapCompared] = field(default_factory=dict)


class Table:
    """Judges every tap as its columns come and once more at the end, when all that is upstream is known.

    `partly_unread` are, by module, parameters that the port left out where it read others.
    """

    def __init__(
        self, config: Stage, capture: Capture, digest: str, context: Context, upstream: str | None = None
    ) -> None:
        self._stage, self._input = capture.manifest.stage, capture.manifest.input
        self._config, self._capture, self._context = config, capture, context
        self._local_noise = capture.injected(digest)
        self._before = upstream or ""
        self._share = UNTRUSTWORTHY if upstream is None else UNTRUSTWORTHY_IN_A_CHAIN
        self._taps: dict[str, _Tap] = {}
        self._rows: dict[str, Row] = {}
        self._margins: dict[str, float] = {}
        self._invariants: dict[str, dict[str, Invariance]] = {}
        self._sounds: dict[str, Numbers] = {}
        self._undrawn = _undrawn(config, capture)
        self._implausible, self._implausible_input = implausible(config, capture)
        self.partly_unread: Mapping[str, tuple[str, ...]] = {}
        self._last_order: dict[RunName, int] = {}
        self._reference_lines = {
            tap.name: Source(context.places.shown(tap.file), tap.line) for tap in capture.manifest.taps if tap.file
        }

    def use_injected(self, digest: str) -> None:
        """Judge the local column by another set of injected taps; what it said so far is forgotten."""
        self._local_noise = self._capture.injected(digest)
        for tap in self._taps.values():
            tap.columns.pop("injected", None)
            if tap.columns:
                self._judged(tap, self._upstream(tap.order))

    def take(self, message: TapCompared) -> Row:
        """Add one column of one tap and return the row as it stands."""
        tap = self._taps.setdefault(message.name, _Tap(self._order(message), message))
        tap.columns[message.run] = message
        return self._judged(tap, self._upstream(tap.order))

    def margin(self, message: Margin) -> None:
        """Note how sure the reference was where an integer output differs; `finish` judges by it."""
        self._margins[message.name] = max(message.margin, self._margins.get(message.name, 0.0))

    def held(self, message: Held) -> None:
        """Note what an invariant says of an output; `finish` judges by it."""
        said = Invariance(message.invariant, message.port, message.reference, message.tolerance)
        self._invariants.setdefault(message.name, {})[message.invariant] = said

    def heard(self, message: Heard) -> None:
        """Note the numbers of an output that is a sound; `finish` makes their rows."""
        self._sounds[message.name] = message.numbers

    def missing(self, names: Iterable[str], keys_read: frozenset[str], layers: bool) -> None:
        """Add the taps of the reference that never came."""
        index = {tap.name: number for number, tap in enumerate(self._capture.manifest.taps)}
        for name in names:
            if name in self._taps:
                continue
            tap = self._capture.manifest.taps[index[name]]
            verdict, reason = self._absent(tap.kind, name, keys_read, layers)
            self._rows[name] = self._row(
                Row(
                    stage=self._stage, input=self._input, name=name, order=index[name] * ORDER_STEP, kind=tap.kind,
                    dtype=tap.dtype, shape=tap.shape, verdict=verdict, reason=reason,
                )
            )  # fmt: skip

    def finish(self) -> list[Row]:
        """Return every row in execution order, judged with all columns known."""
        upstream = self._before
        for tap in sorted(self._taps.values(), key=lambda tap: tap.order):
            row = self._rows[tap.first.name]
            # A row that passes does so whatever lies upstream.
            if row.verdict is not Verdict.PASS or row.name in self._invariants:
                row = self._judged(tap, upstream, self._agreeing(row.name) if row.verdict is Verdict.FAIL else 0)
            if row.verdict is Verdict.FAIL and not upstream:
                upstream = row.name
        for name in self._sounds.keys() & self._taps.keys():
            self._judge_sound(name)
        return self.rows

    @property
    def rows(self) -> list[Row]:
        """Every row so far in execution order."""
        return sorted(self._rows.values(), key=lambda row: row.order)

    def _order(self, message: TapCompared) -> int:
        last = self._last_order.get(message.run, 0)
        self._last_order[message.run] = message.order * ORDER_STEP if message.order >= 0 else last + 1
        return self._last_order[message.run]

    def _upstream(self, order: int) -> str:
        wrong = [row for row in self._rows.values() if row.verdict is Verdict.FAIL and row.order < order]
        return min(wrong, key=lambda row: row.order).name if wrong else ""

    def _agreeing(self, name: str) -> int:
        """Count the rows within a module; none where one of them fails or has no local error."""
        within = [row for row in self._rows.values() if row.name.startswith(f"{name}.")]
        agree = all(row.local is not None and row.verdict is not Verdict.FAIL for row in within)
        return len(within) if agree else 0

    def _judged(self, tap: _Tap, upstream: str, agreeing: int = 0) -> Row:
        message = tap.first
        injected, free = (tap.columns.get(run) for run in ("injected", "free"))
        local = self._column(injected, self._local_noise)
        accumulated = self._column(free, self._capture.noise)
        if message.order < 0:
            verdict, reason = Verdict.UNCHECKED, "the reference has no tap of this name"
        else:
            verdict, reason = judge(
                self._evidence(tap, local, accumulated, upstream, agreeing), self._config.factor_of(message.name)
            )
        row = Row(
            stage=self._stage, input=self._input, name=message.name, order=tap.order, kind=message.kind,
            dtype=message.dtype, shape=message.shape, verdict=verdict, reason=reason, local=local,
            accumulated=accumulated, source=self._source(message), detail=_detail(injected, free, local),
        )  # fmt: skip
        self._rows[message.name] = self._row(row)
        return self._rows[message.name]

    def _judge_sound(self, name: str) -> None:
        spread = self._capture.noise.get(name)
        noise = spread.noise if spread else None
        for row in sound_rows(self._rows[name], self._sounds[name], noise, self._config.factor_of(name)):
            self._rows[row.name] = self._row(row)

    def _row(self, row: Row) -> Row:
        """Add what the row's past and the reference's side say of it."""
        before = self._context.before(row)
        past = before.history if before else ()
        return msgspec.structs.replace(
            row,
            change=change(before, row),
            history=(*past, min(row.times, 1e99))[-PAST:],
            reference_source=self._reference_lines.get(row.name),
        )

    def _column(self, message: TapCompared | None, noise: dict[str, Spread]) -> Error | None:
        if message is None or message.measured is None or message.name not in noise:
            return None
        measured = message.measured
        return in_floors(measured.rms, measured.max_abs, noise[message.name].noise, message.dtype)

    def _evidence(
        self, tap: _Tap, local: Error | None, accumulated: Error | None, upstream: str, agreeing: int
    ) -> Evidence:
        messages = list(tap.columns.values())
        measured = [message.measured for message in messages if message.measured]
        spread = self._capture.noise.get(tap.first.name)
        exact = tap.first.dtype not in FLOATS
        return Evidence(
            local=local,
            accumulated=accumulated,
            problem=next((message.problem for message in messages if message.problem), ""),
            unread=self._unread(tap.first.name),
            nonfinite=max((each.nonfinite for each in measured), default=0),
            exact=exact,
            differing=max((each.differing for each in measured), default=0),
            margin=self._margin(tap.first.name),
            trustworthy=spread is None or spread.noise.within(self._share),
            spread=spread is None or tap.first.kind != "output" or spread.std > NO_SPREAD * spread.max,
            floor_missing="" if spread or exact else self._no_floor(),
            upstream=upstream,
            agreeing=agreeing,
            undrawn=next((said for after, said in self._undrawn if tap.order >= after * ORDER_STEP), ""),
            invariants=tuple(self._invariants.get(tap.first.name, {}).values()),
            implausible=self._implausible_input or self._implausible.get(tap.first.name, ""),
        )

    def _margin(self, name: str) -> Choice | None:
        logits = self._config.margins.get(name, "")
        spread = self._capture.noise.get(logits)
        if spread is None or name not in self._margins:
            return None
        dtype = next(tap.dtype for tap in self._capture.manifest.taps if tap.name == logits)
        return Choice(logits, self._margins[name], spread.noise.floor_max(dtype))

    def _unread(self, name: str) -> tuple[str, ...]:
        return self.partly_unread.get(name.partition("#")[0], ())

    def _no_floor(self) -> str:
        manifest = self._capture.manifest
        return (
            f"no floor: the reference runs neither in float64 ({manifest.float64 or 'no reason given'}) "
            f"nor perturbed ({manifest.perturbed or 'no reason given'})"
        )

    def _absent(self, kind: str, name: str, keys: frozenset[str], layers: bool) -> tuple[Verdict, str]:
        if kind == "output":
            return Verdict.FAIL, "the port does not return this output"
        if unread := self._unread(name):
            return judge(Evidence(unread=unread), self._config.factor_of(name))
        if not layers:
            return Verdict.UNCHECKED, MISSING[self._context.build.runs]
        prefix = f"{self._config.prefix}{name}."
        if any(key.startswith(prefix) for key in keys):
            return Verdict.UNCHECKED, "the port reads these weights but uses them outside a candle-nn layer"
        return Verdict.FAIL, "the port never read these weights"

    def _source(self, message: TapCompared) -> Source | None:
        if not message.file:
            return None
        return self._context.source(message.file, message.line, message.first_line)


def _undrawn(config: Stage, capture: Capture) -> list[tuple[int, str]]:
    """Say of every draw that the port is not given how many taps came before it, and which call it was."""
    draws = capture.manifest.draws
    given = set(handed(config.draws, draws).values())
    return [
        (draw.after, f"the reference draws `{draw.call}` at {draw.name}, and nobody hands it to the port: see `draws`")
        for draw in draws
        if draw.name not in given
    ]


def _detail(injected: TapCompared | None, free: TapCompared | None, local: Error | None) -> Detail | None:
    """The column that decided: the local one where it is there."""
    message, column = (injected, "local") if local else (free, "accumulated")
    if message is None or message.measured is None:
        return None
    return _detail_of(message.measured, column)


def _detail_of(measured: Measured, column: str) -> Detail:
    return Detail(
        column=column, atol=measured.atol, rtol=measured.rtol, worst_index=measured.worst_index,
        worst_actual=measured.worst_actual, worst_expected=measured.worst_expected,
        cosine=measured.cosine, snr_db=measured.snr_db, bias=measured.bias, count=measured.count,
        differing=measured.differing, zeros=measured.zeros, histogram_start=measured.histogram_start,
        histogram=measured.histogram, profile=measured.profile, nonfinite=measured.nonfinite,
        neighbours=measured.neighbours,
    )  # fmt: skip
