"""The result as Markdown."""

from statistics import median

from benchmarks.faults.kept import Clean
from benchmarks.faults.score import NOTHING, Score

SOON = 2.0
"""Seconds after the table in which a cause is wanted."""

HEAD = """\
# Faults

Real bugs of ports, planted one by one in the port of CosyVoice3, and what the workbench says of each in its own loop;
written by `make bench-faults`. The bugs are `benchmarks/faults/faults.toml`, the answers `key.toml` beside it, which
nothing under `workbench/` reads. Session cosyvoice3, size small, 3 inputs a stage, one stage in the session at a time.

*Layer*: the first divergence is the tap that the key names. *Cause*: the place of the right family and number among
the causes that reach the floor, and how many there are; of one that is told in several wordings, since nothing in the
tensor tells them apart, any may be the key's. *s*: seconds from the save to the complete table, and to the
right cause as it streams in; on a busy machine of 2 cores, so upper bounds. At most {patience:g} s were given to a
search. The peers compare the port's own tensors, run free, with the reference's float32, tensor by tensor in execution
order, and see no more than the first one that fails: ✓ where it is the key's. assert_close is torch.testing's as it
comes (rtol 1.3e-6, atol 1e-5), 1e-3/1e-4 is allclose with rtol and atol, polygraphy is its CompareFunc.simple as it
comes (1e-5, 1e-5, each element), msprobe the rule of its compare (cosine under 0.99 with an error over 1e-3, cosine
under 0.9, or an error over 1), where they are installed. Those that fail on the port as it is send you to the same
tap whatever is wrong.
"""


def table(scores: list[Score], clean: dict[str, Clean], patience: float) -> str:
    """Return the page: the port as it is by stage, every fault, what it comes to."""
    parts = [HEAD.format(patience=patience), _clean(clean)]
    if scores:
        parts += [_totals(scores), _lines(scores), _misses(scores)]
    return "\n".join(part for part in parts if part)


def _clean(clean: dict[str, Clean]) -> str:
    rules = list(dict.fromkeys(rule for each in clean.values() for rule in each.failing))
    heads = ["stage", "rows", "workbench", *rules]
    lines = ["## The port as it is: false alarms\n", f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for stage, each in clean.items():
        failing = (str(each.failing.get(rule, NOTHING)) for rule in rules)
        lines.append(f"| {stage} | {each.rows} | {each.alarms} | {' | '.join(failing)} |")
    return "\n".join(lines) + "\n"


def _totals(scores: list[Score]) -> str:
    asked = [one for one in scores if one.cause_asked]
    lines = ["## What it comes to\n", "| who | fault seen | layer named | cause named |", "|---|---|---|---|"]
    seen = sum(one.tap != NOTHING for one in scores)
    causes = f"{sum(one.place > 0 for one in asked)} of {len(asked)}, first {sum(one.place == 1 for one in asked)}"
    lines.append(f"| workbench | {seen} of {len(scores)} | {sum(one.layer for one in scores)} | {causes} |")
    for rule in scores[0].peers:
        failing = sum(one.peers.get(rule, NOTHING) != NOTHING for one in scores)
        right = sum(one.right.get(rule, False) for one in scores)
        lines.append(f"| {rule} | {failing} of {len(scores)} | {right} | {NOTHING} |")
    return "\n".join(lines) + f"\n\n{_seconds(scores, asked)}\n"


def _seconds(scores: list[Score], asked: list[Score]) -> str:
    named = [one for one in asked if one.place and one.named is not None]
    text = f"Median from the save: the table {median(one.table for one in scores):.1f} s"
    if not named:
        return f"{text}."
    after = [(one.named or 0.0) - one.table for one in named]
    soon = sum(seconds <= SOON for seconds in after)
    return (
        f"{text}, the right cause {median(one.named or 0.0 for one in named):.1f} s. After the table the right cause "
        f"took {median(after):.1f} s, at most {SOON:g} s for {soon} of {len(after)}, {max(after):.1f} s at worst."
    )


def _lines(scores: list[Score]) -> str:
    rules = list(scores[0].peers)
    heads = ["stage", "fault", "layer", "cause", "first cause as it is worded", "s", *rules]
    lines = ["## Every fault\n", f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    lines += [f"| {' | '.join(_cells(one, rules))} |" for one in scores]
    return "\n".join(lines) + "\n"


def _cells(one: Score, rules: list[str]) -> list[str]:
    cause = f"{one.place or '✗'} of {one.causes}" if one.cause_asked else "not asked"
    seconds = f"{one.table:.1f}" + (f", {one.named:.1f}" if one.named is not None else "")
    peers = ["✓" if one.right.get(rule) else _code(one.peers.get(rule, NOTHING)) for rule in rules]
    return [
        one.stage,
        one.about,
        "✓" if one.layer else _code(one.tap),
        cause,
        one.words.replace("|", "\\|"),
        seconds,
        *peers,
    ]


def _misses(scores: list[Score]) -> str:
    missed = [one for one in scores if not one.layer or (one.cause_asked and not one.place)]
    if not missed:
        return ""
    lines = [f"- **{one.about}**: {_code(one.tap)}, {one.words}" for one in missed]
    return "\n".join(["## Not named\n", *lines]) + "\n"


def _code(tap: str) -> str:
    return tap if tap == NOTHING else f"`{tap}`"
