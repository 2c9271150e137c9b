"""What `cargo test` prints for people, as results; the JSON form is not stable yet."""

import re
from collections.abc import Iterable

from workbench.suites.result import Result

_TEST = re.compile(r"test (.+?)(?: - should panic)? \.\.\. (ok|FAILED|ignored)(?:, (.+))?$")
_OUTPUT = re.compile(r"---- (.+) stdout ----$")
_PANIC = re.compile(r"thread '.*' (?:\(\d+\) )?panicked at (.+?):(\d+):\d+:$")
_OUTCOMES = {"ok": "passed", "FAILED": "failed", "ignored": "skipped"}


def read(lines: Iterable[str]) -> list[Result]:
    """Return every test in the order of its end; of a name that comes again (another crate's) the second is `#1`."""
    kept = [line.rstrip() for line in lines]
    panics = _panics(kept)
    results: list[Result] = []
    for line in kept:
        if found := _TEST.match(line):
            name, said, why = found.groups()
            reason, file, number = panics.get(name, (why or "", "", 0)) if said != "ok" else ("", "", 0)
            again = sum(result.name.partition("#")[0] == name for result in results)
            results.append(Result(f"{name}#{again}" if again else name, _OUTCOMES[said], reason, file, number))
    return results


def _panics(lines: list[str]) -> dict[str, tuple[str, str, int]]:
    """Return, by test, the first line of what it panicked with, and where."""
    found: dict[str, tuple[str, str, int]] = {}
    test = ""
    for line, after in zip(lines, [*lines[1:], ""], strict=True):
        if output := _OUTPUT.match(line):
            test = output[1]
        elif (panic := _PANIC.match(line)) and test not in found:
            found[test] = after, panic[1], int(panic[2])
    return found
