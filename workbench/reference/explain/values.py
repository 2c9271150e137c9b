"""Results of the operations of a segment."""

from __future__ import annotations

from typing import Any

from workbench.reference.explain.tape import Operation, Ref


class Values:
    """Results of operations, by operation: computed anew, else those of `base`, else as recorded."""

    def __init__(self, base: Values | None = None) -> None:
        self._anew: dict[Operation, Any] = dict(base._anew) if base else {}

    def add(self, operation: Operation, result: Any) -> None:
        """Let `result` stand for what the operation gave."""
        self._anew[operation] = result

    def of(self, ref: Ref) -> Any:
        """The tensor that a Ref stands for."""
        return ref.within(self._anew.get(ref.operation, ref.operation.result))


RECORDED = Values()
"""The values of the recorded run."""
