"""A figure that a command of the project's own gave, beside what an earlier build had."""

import msgspec


class Figure(msgspec.Struct, frozen=True):
    """`before` is the newest figure of another build, number `before_build`; None where there is none."""

    value: float
    unit: str = ""
    better: str = "higher"
    before: float | None = None
    before_build: int = 0

    @property
    def gain(self) -> float | None:
        """By what share it is better than before (negative: worse), where that can be said."""
        if not self.before:
            return None
        change = self.value / self.before - 1
        return change if self.better == "higher" else -change

    @property
    def line(self) -> str:
        """`41234 q/s, 3.2 % better than #36`."""
        text = f"{self.value:.6g} {self.unit}".rstrip()
        if self.before is None:
            return text
        if self.gain is None or self.value == self.before:
            return f"{text}, as #{self.before_build}"
        return f"{text}, {abs(self.gain):.1%} {'better' if self.gain > 0 else 'worse'} than #{self.before_build}"
