"""Verdicts: the rules of one row, in the order in which they hold."""

from dataclasses import dataclass

from workbench.model.row import Error
from workbench.model.session import Factor
from workbench.model.verdict import Verdict

NO_SPREAD = 1e-12
"""A standard deviation below this share of the largest element is no spread: the check could not fail."""


@dataclass(frozen=True)
class Choice:
    """Where an integer differs: the tap that it is chosen from, the reference's widest top-two margin, the floor."""

    tap: str
    margin: float
    floor: float


@dataclass(frozen=True)
class Invariance:
    """An invariant in words, by how much each side breaks it, and what still counts as holding it."""

    words: str
    port: float
    reference: float
    tolerance: float

    @property
    def broken_by_port(self) -> bool:
        """Whether the port breaks it."""
        return self.port > self.tolerance

    @property
    def broken_by_reference(self) -> bool:
        """Whether the reference breaks it."""
        return self.reference > self.tolerance


@dataclass(frozen=True)
class Evidence:
    """All that is known of one row when it is judged; a column that has not arrived yet is None."""

    local: Error | None = None
    accumulated: Error | None = None
    problem: str = ""
    unread: tuple[str, ...] = ()
    nonfinite: int = 0
    exact: bool = False
    differing: int = 0
    trustworthy: bool = True
    spread: bool = True
    floor_missing: str = ""
    upstream: str = ""
    agreeing: int = 0
    implausible: str = ""
    margin: Choice | None = None
    undrawn: str = ""
    invariants: tuple[Invariance, ...] = ()


def judge(evidence: Evidence, factor: Factor) -> tuple[Verdict, str]:
    """Return the verdict on a row and, unless it passes as it is, a clause that says why.

    `implausible` says which declared range the reference's values leave: sides that agree there prove nothing.
    `upstream` names an earlier row that is off; it makes an accumulated error LIMITED where local passes.
    `unread` are parameters that the reference uses here and the port never read.
    `exact` is for integers, of which `differing` elements are not equal. `agreeing` rows lie within this one's module,
    and all of them pass by their local error. `undrawn` says which call of the reference drew random numbers before
    this row that the port was not given: what differs then proves nothing.
    """
    verdict, reason = _judge_agreement(evidence, factor)
    if evidence.invariants and not _broken(evidence):
        verdict, reason = _judge_invariants(evidence.invariants, verdict, reason)
    if evidence.undrawn and verdict in (Verdict.FAIL, Verdict.LIMITED) and not _broken(evidence):
        return Verdict.INCONCLUSIVE, evidence.undrawn
    if verdict is Verdict.PASS and evidence.implausible:
        return Verdict.INCONCLUSIVE, f"both sides agree, on an implausible {evidence.implausible}"
    return verdict, reason


def _broken(evidence: Evidence) -> bool:
    """Return whether a row is wrong whatever the reference drew."""
    return bool(evidence.problem or evidence.unread or evidence.nonfinite)


def _judge_invariants(invariants: tuple[Invariance, ...], verdict: Verdict, reason: str) -> tuple[Verdict, str]:
    """Return what invariants make of a verdict: an agreement, or a difference, that they speak against."""
    for each in invariants:
        if each.broken_by_port and not each.broken_by_reference:
            return Verdict.FAIL, f"the port breaks `{each.words}` by {each.port:.3g}, the reference does not"
    for each in invariants:
        if each.broken_by_reference and not each.broken_by_port:
            said = f"the reference breaks `{each.words}` by {each.reference:.3g}, the port does not"
            return Verdict.INCONCLUSIVE, said
    for each in invariants:
        if each.broken_by_reference and verdict is not Verdict.FAIL:
            return Verdict.INCONCLUSIVE, f"both sides break `{each.words}`, the reference by {each.reference:.3g}"
    return verdict, reason


def _judge_agreement(evidence: Evidence, factor: Factor) -> tuple[Verdict, str]:
    if evidence.problem:
        return Verdict.FAIL, evidence.problem
    if evidence.unread:
        return Verdict.FAIL, f"the port never read {_ticked(evidence.unread)}, which the reference uses here"
    if evidence.nonfinite:
        return Verdict.FAIL, f"NaN or inf where the reference has none, at {evidence.nonfinite} elements"
    if not evidence.spread:
        return Verdict.INCONCLUSIVE, "the reference's own output has no spread, so this check could not fail"
    if evidence.exact:
        return _judge_exact(evidence)
    if evidence.floor_missing:
        return Verdict.INCONCLUSIVE, evidence.floor_missing
    if not evidence.trustworthy:
        return Verdict.INCONCLUSIVE, "the reference's own float32 noise is over 1e-3 of the tensor here"
    return _judge_columns(evidence, factor)


def _ticked(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def within(error: Error | None, factor: Factor) -> bool:
    """Return whether a column is within the stage's factor; a column that has not arrived is."""
    return error is None or (error.times_rms <= factor.rms and error.times_max <= factor.max)


def _judge_exact(evidence: Evidence) -> tuple[Verdict, str]:
    if not evidence.differing:
        return Verdict.PASS, ""
    if evidence.upstream and (evidence.local is None or evidence.local.rms == 0.0):
        return Verdict.LIMITED, f"{evidence.differing} elements differ, inherited from {evidence.upstream}"
    if evidence.margin is None:
        return Verdict.FAIL, f"{evidence.differing} elements differ; integers compare exactly"
    choice = evidence.margin
    sure = choice.margin >= choice.floor
    return Verdict.FAIL if sure else Verdict.LIMITED, (
        f"{evidence.differing} elements differ, where the reference's top-two margin in `{choice.tap}` is "
        f"{'up to' if sure else 'at most'} {choice.margin:.1e} and its floor {choice.floor:.1e}"
    )


def _judge_columns(evidence: Evidence, factor: Factor) -> tuple[Verdict, str]:
    if not within(evidence.local, factor):
        return Verdict.FAIL, _over("local", evidence.local, factor) + _glue(evidence.agreeing)
    if within(evidence.accumulated, factor):
        return Verdict.PASS, _allowed(evidence, factor)
    if evidence.upstream:
        return Verdict.LIMITED, f"inherited from {evidence.upstream}"
    clause = _over("accumulated", evidence.accumulated, factor)
    return Verdict.FAIL, clause if evidence.local is None else f"{clause}, and no row before it explains it"


def _allowed(evidence: Evidence, factor: Factor) -> str:
    """Say by which declaration a row passes that would not without one."""
    if all(within(error, Factor()) for error in (evidence.local, evidence.accumulated)):
        return ""
    return f"passes by the declared factor of {factor.rms:g} (max {factor.max:g}): {factor.reason}"


def _glue(agreeing: int) -> str:
    if not agreeing:
        return ""
    rows = "the row within it agrees" if agreeing == 1 else f"the {agreeing} rows within it agree"
    return f"; {rows}, so the fault is in what joins them"


def _over(column: str, error: Error | None, factor: Factor) -> str:
    assert error is not None
    if error.times_rms > factor.rms:
        return f"{column} error {error.times_rms:.1f}× floor"
    return f"{column} error {error.times_max:.1f}× floor at its largest element"
