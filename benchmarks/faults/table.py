"""The result as Markdown."""

from collections import Counter
from statistics import median

from benchmarks.faults.chained import Failed
from benchmarks.faults.score import NOTHING, Score, first_failing
from workbench.model.row import Row
from workbench.model.verdict import Verdict

HEAD = """\
# Faults

Real bugs of ports, planted one by one in `rust/cosyvoice3/src/flow`, and what the workbench says of each in its own
loop; written by `make bench-faults`. The bugs are `benchmarks/faults/faults.toml`, the answers `key.toml` beside it,
which nothing under `workbench/` reads. Session cosyvoice3, stage flow.dit, size small, 3 inputs, synthetic weights.

*Layer*: the first divergence is the tap that the key names. *Cause*: the place of the right family and number among
the causes that reach the floor, and how many there are. *s*: seconds from the save to the complete table, and to the
right cause as it streams in; on a busy machine of 2 cores, so upper bounds. At most {patience:g} s were given to a
search. The peers compare the port's own tensors, run free, with the reference's float32, tensor by tensor in execution
order, and see no more than the first one that fails: ✓ where it is the key's. assert_close is torch.testing's as it
comes (rtol 1.3e-6, atol 1e-5), 1e-3/1e-4 is allclose with rtol and atol, polygraphy is its CompareFunc.simple as it
comes (1e-5, 1e-5, each element), where it is installed. Those that fail on the port as it is send you to the same tap
whatever is wrong.
"""


def table(scores: list[Score], clean: tuple[list[Row], Failed], patience: float) -> str:
    """Return the page: the port as it is, every fault, what it comes to."""
    parts = [HEAD.format(patience=patience), _clean(*clean)]
    if scores:
        parts += [_totals(scores), _lines(scores), _misses(scores)]
    return "\n".join(part for part in parts if part)


def _clean(rows: list[Row], peers: Failed) -> str:
    counts = Counter(row.verdict for row in rows)
    inputs = len({row.input for row in rows})
    alarms = len(rows) - counts[Verdict.PASS]
    lines = ["## The port as it is\n", "| who | false alarms | where it would send you |", "|---|---|---|"]
    lines.append(f"| workbench | {alarms} of {len(rows)} rows on {inputs} inputs | {NOTHING} |")
    for rule, first in first_failing(peers).items():
        failing = sum(len(taps[rule]) for taps in peers.values())
        lines.append(f"| {rule} | {failing} of {len(rows)} tensors | {_code(first)} |")
    return "\n".join(lines) + "\n"


def _totals(scores: list[Score]) -> str:
    asked = [one for one in scores if one.cause_asked]
    named = [one.named for one in asked if one.place and one.named is not None]
    lines = ["## What it comes to\n", "| who | fault seen | layer named | cause named |", "|---|---|---|---|"]
    seen = sum(one.tap != NOTHING for one in scores)
    causes = f"{sum(one.place > 0 for one in asked)} of {len(asked)}, first {sum(one.place == 1 for one in asked)}"
    lines.append(f"| workbench | {seen} of {len(scores)} | {sum(one.layer for one in scores)} | {causes} |")
    for rule in scores[0].peers:
        failing = sum(one.peers[rule] != NOTHING for one in scores)
        right = sum(one.right[rule] for one in scores)
        lines.append(f"| {rule} | {failing} of {len(scores)} | {right} | {NOTHING} |")
    table_seconds = median(one.table for one in scores)
    cause_seconds = f", the right cause {median(named):.1f} s" if named else ""
    return "\n".join(lines) + f"\n\nMedian from the save: the table {table_seconds:.1f} s{cause_seconds}.\n"


def _lines(scores: list[Score]) -> str:
    rules = list(scores[0].peers)
    lines = ["## Every fault\n", f"| fault | layer | cause | first cause as it is worded | s | {' | '.join(rules)} |"]
    lines.append("|---" * (5 + len(rules)) + "|")
    lines += [f"| {' | '.join(_cells(one, rules))} |" for one in scores]
    return "\n".join(lines) + "\n"


def _cells(one: Score, rules: list[str]) -> list[str]:
    cause = f"{one.place or '✗'} of {one.causes}" if one.cause_asked else "not asked"
    seconds = f"{one.table:.1f}" + (f", {one.named:.1f}" if one.named is not None else "")
    peers = ["✓" if one.right[rule] else _code(one.peers[rule]) for rule in rules]
    return [one.about, "✓" if one.layer else _code(one.tap), cause, one.words.replace("|", "\\|"), seconds, *peers]


def _misses(scores: list[Score]) -> str:
    missed = [one for one in scores if not one.layer or (one.cause_asked and not one.place)]
    if not missed:
        return ""
    lines = [f"- **{one.about}**: {_code(one.tap)}, {one.words}" for one in missed]
    return "\n".join(["## Not named\n", *lines]) + "\n"


def _code(tap: str) -> str:
    return tap if tap == NOTHING else f"`{tap}`"
