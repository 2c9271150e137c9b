"""Runs every benchmark, one after the other: `make bench`."""

import subprocess
import sys
from pathlib import Path

NAMES = ("kernel", "causes", "taps", "loop", "screen")


def main() -> int:
    root = Path(__file__).parents[1]
    failed = []
    for name in NAMES:
        print(f"\n== {name}", flush=True)
        if subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], cwd=root, check=False).returncode:
            failed.append(name)
    return len(failed)


if __name__ == "__main__":
    sys.exit(main())
