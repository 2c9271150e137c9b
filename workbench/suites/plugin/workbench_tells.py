"""A pytest plugin that tells of each test as it ends; it runs under the user's Python and needs nothing of ours."""

import json
import os
import sys
from pathlib import Path

import pytest


def _tell(record):
    with open(os.environ["WORKBENCH_TESTS"], "a", encoding="utf-8") as file:
        file.write(json.dumps(record) + "\n")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.when == "call" or (report.when == "setup" and not report.passed):
        _tell(_record(item, report))
    elif report.failed:
        _tell({**_record(item, report), "name": item.nodeid + " (teardown)"})


def pytest_collectreport(report):
    if report.failed:
        _tell({"name": report.nodeid or "collection", "outcome": "failed", "reason": _last_line(report)})


def pytest_sessionfinish():
    built = Path(os.environ.get("WORKBENCH_ARTIFACT", ""))
    for module in list(sys.modules.values()):
        other = Path(getattr(module, "__file__", None) or "")
        if other.suffix == ".so" and _stem(other) == _stem(built) and not other.samefile(built):
            _tell({"copy": str(other)})


def _record(item, report):
    mark = item.get_closest_marker("xfail")
    expected = None if mark is None else str(mark.kwargs.get("reason", "no reason given"))
    file, line, _ = report.location
    file = os.path.join(item.config.rootpath, file)
    if report.failed and hasattr(report.longrepr, "reprcrash"):
        file, line = report.longrepr.reprcrash.path, report.longrepr.reprcrash.lineno - 1
    return {
        "name": item.nodeid,
        "outcome": report.outcome,
        "reason": _reason(report),
        "file": file,
        "line": (line or 0) + 1,
        "expected": expected,
    }


def _reason(report):
    if report.skipped and isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    crash = getattr(report.longrepr, "reprcrash", None)
    return "" if report.passed else crash.message.splitlines()[0] if crash else _last_line(report)


def _last_line(report):
    lines = [line.strip() for line in str(report.longrepr).splitlines() if line.strip()]
    return lines[-1] if lines else "no reason given"


def _stem(path):
    return path.name.split(".", 1)[0].removeprefix("lib")
