"""What the pytest plugin wrote, and how pytest is called so that it writes."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from workbench.suites.result import Foreign, Result

PLUGIN = Path(__file__).parent / "plugin"
"""The folder that Python has to look for the plugin in; nothing else is there."""
ARGUMENTS = ("-m", "pytest", "-p", "workbench_tells", "-p", "no:cacheprovider", "--runxfail", "-q", "--tb=short")
"""Of Python. A cache would be written into the user's sources."""
ENDS = {
    2: "it was interrupted",
    3: "pytest failed by itself",
    4: "pytest was called wrongly",
    5: "no test was collected",
}


def read(file: Path) -> Iterator[Result | Foreign]:
    """Yield what the plugin told so far."""
    for line in file.read_bytes().splitlines() if file.exists() else ():
        if b'"copy"' in line[:8]:
            yield msgspec.json.decode(line, type=Foreign)
        else:
            yield msgspec.json.decode(line, type=Result)
