"""When a burst of events is over."""

import msgspec

QUIET = 0.03
"""Seconds without an event: an editor's own steps of one save lie closer, and a later save restarts the build."""
CEILING = 0.5


class Settle(msgspec.Struct):
    """One burst; times are in seconds of a monotonic clock."""

    first: float
    last: float
    quiet: float = QUIET
    ceiling: float = CEILING

    def event(self, now: float) -> None:
        """Note that something happened."""
        self.last = now

    def remaining(self, now: float) -> float:
        """Return how long to wait if nothing else happens; zero or less when the burst is over."""
        return min(self.last + self.quiet, self.first + self.ceiling) - now
