"""What a hypothesis is: how each side is looked at so that the two become equal if it is right."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[Any]
View = Callable[[Floats], Floats]
Residual = Callable[[Floats, Floats], Floats]


def as_it_is(tensor: Floats) -> Floats:
    """The tensor itself."""
    return tensor


@dataclass(frozen=True)
class Hypothesis:
    """`residual(port view, exact view)`, elementwise in float64, is the error that remains.

    `port` and `reference` give views of the same shape, without copying. `order` takes slices of the port's view
    along an axis, in the order that the reference has them. `scale` is what the floors (rms, max) are multiplied by
    where the residual has another size than the reference.
    """

    family: str
    words: str
    constant: str = ""
    value: float | None = None
    port: View = as_it_is
    reference: View = as_it_is
    order: tuple[int, NDArray[np.intp]] | None = None
    residual: Residual = np.subtract
    scale: tuple[float, float] = (1.0, 1.0)

    @property
    def by_element(self) -> bool:
        """Whether each element is explained by the one that faces it."""
        return self.port is as_it_is and self.reference is as_it_is and self.order is None

    def gather(self, places: tuple[NDArray[Any], ...]) -> tuple[NDArray[Any], ...]:
        """The places in the port's view that belong to these in the reference's."""
        if self.order is None:
            return places
        axis, order = self.order
        return (*places[:axis], order[places[axis]], *places[axis + 1 :])

    def take(self, port: Floats) -> Floats:
        """The port's view in the reference's order."""
        return port if self.order is None else np.take(port, self.order[1], axis=self.order[0])
