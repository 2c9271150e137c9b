"""Tasks that a loop starts, ends and asks about."""

import asyncio
from typing import Any

from workbench.model.errors import WorkbenchError


def runs(task: asyncio.Task[Any] | None) -> bool:
    """Return whether a task is there and not done."""
    return task is not None and not task.done()


async def end(task: asyncio.Task[Any] | None) -> None:
    """Cancel a task, unless it is the caller's, and wait until it is over."""
    if task is not None and not task.done() and task is not asyncio.current_task():
        task.cancel()
        await asyncio.wait([task])


def sentence(error: BaseException) -> str:
    """What the disk refuses is for the user to mend; anything else that is no WorkbenchError is our bug."""
    if isinstance(error, WorkbenchError):
        return str(error)
    if isinstance(error, OSError):
        return f"{error.filename or 'a file'}: {error.strerror or error}; mend that and press R, or save"
    return f"the workbench itself failed ({type(error).__name__}: {error}); please report it"
