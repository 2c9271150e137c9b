"""ABX: is X, drawn in secret, A or B? Whether two signals are told apart by ear, with the odds of guessing it.

The number of trials is fixed beforehand and the score hidden until the end: who stops at the first good score passes
by chance in one run of ten. 12 of 16 has p = 0.038, and a listener who is right four times in five passes it with 80 %.
"""

import random
import secrets
from collections.abc import Callable
from datetime import UTC, datetime
from math import comb

from msgspec import Struct

from workbench.model.errors import WorkbenchError

TRIALS = 16
NEEDED = 12


class Answer(Struct, frozen=True):
    """One trial."""

    said: int
    """What X was taken for: 0 is A, 1 is B."""
    time: str
    """ISO 8601, UTC."""
    void: str = ""
    """Why it does not count."""


class Outcome(Struct, frozen=True):
    """What is revealed at the end, or when the run is given up."""

    trials: int
    needed: int
    correct: int
    counted: int
    p: float
    """Probability of so many or more by guessing."""
    seed: int
    drawn: tuple[int, ...]
    """What X was, in the order of the answers."""
    aborted: bool

    @property
    def distinguished(self) -> bool:
        """Whether enough answers of a whole run were right."""
        return not self.aborted and self.correct >= self.needed

    @property
    def sentence(self) -> str:
        """The finding; that two sounds were not told apart does not make them the same."""
        score = f"{self.correct} of {self.counted}, p = {self.p:.3f} by guessing"
        if self.aborted:
            return f"given up after {self.counted} of {self.trials} trials: {score}, which proves nothing"
        word = "distinguished" if self.distinguished else "not distinguished"
        return f"{word}: {score} ({self.needed} of {self.trials} needed)"


def chance(correct: int, trials: int) -> float:
    """Return the probability of `correct` or more right answers in `trials` by guessing: a binomial tail at 1/2."""
    return sum(comb(trials, k) for k in range(correct, trials + 1)) / float(2**trials)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


class Abx:
    """One run. Its score cannot be asked for before `over`."""

    def __init__(
        self, trials: int = TRIALS, needed: int = NEEDED, seed: int | None = None, now: Callable[[], str] = _now
    ) -> None:
        """Fix the number of trials and the right answers that pass; the seed is drawn unless given."""
        if not 0 < needed <= trials:
            raise WorkbenchError(f"{needed} right answers of {trials} trials cannot be asked for")
        self.trials, self.needed, self._now = trials, needed, now
        self._seed = secrets.randbits(63) if seed is None else seed
        self._random = random.Random(self._seed)
        self._drawn = [self._draw()]
        self._answers: list[Answer] = []
        self._aborted = False

    @property
    def x(self) -> int:
        """The source that is X in this trial: 0 for A, 1 for B. For the player, not for the eye."""
        return self._drawn[-1]

    @property
    def trial(self) -> int:
        """The number of this trial among those that count, from 1."""
        return min(self._counted() + 1, self.trials)

    @property
    def over(self) -> bool:
        """Whether every trial is answered, or the run was given up."""
        return self._aborted or self._counted() == self.trials

    @property
    def answers(self) -> tuple[Answer, ...]:
        """What was said so far, void trials included."""
        return tuple(self._answers)

    def answer(self, said: int, void: str = "") -> None:
        """Say that X is A (0) or B (1); a reason makes the trial void, and it is drawn again."""
        if self.over:
            raise WorkbenchError("this ABX run is over: start another one")
        self._answers.append(Answer(said, self._now(), void))
        if not self.over:
            self._drawn.append(self._draw())

    def abort(self) -> None:
        """Give up; what was answered stays in the log."""
        self._aborted = not self.over

    def outcome(self) -> Outcome:
        """Reveal score and seed. Raises WorkbenchError before the run is over."""
        if not self.over:
            raise WorkbenchError("the score of an ABX run is hidden until its last trial")
        drawn = self._drawn[: len(self._answers)]
        right = sum(each.said == x for each, x in zip(self._answers, drawn, strict=True) if not each.void)
        counted = self._counted()
        p = chance(right, counted)
        return Outcome(self.trials, self.needed, right, counted, p, self._seed, tuple(drawn), self._aborted)

    def _counted(self) -> int:
        return sum(not answer.void for answer in self._answers)

    def _draw(self) -> int:
        return int(self._random.random() < 0.5)
