"""One test, as its runner tells of it."""

import msgspec


class Result(msgspec.Struct, frozen=True):
    """`outcome` is `passed`, `failed` or `skipped`; `expected` is why its mark says that it fails, None without one."""

    name: str
    outcome: str
    reason: str = ""
    file: str = ""
    line: int = 0
    expected: str | None = None


class Foreign(msgspec.Struct, frozen=True):
    """The tests imported this shared object and not the build."""

    copy: str
