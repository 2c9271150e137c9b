"""Starts the server: `python -m workbench.native FOLDER`."""

import gc
import os
import sys
import time

begun = time.perf_counter()
# OpenBLAS would start its threads while numpy is imported, and a process with threads must not fork.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
from workbench.native.server import Server  # noqa: E402

del os.environ["OPENBLAS_NUM_THREADS"]

if __name__ == "__main__":
    # A search for cycles in a fork would copy every page that it shares with the server.
    gc.freeze()
    Server().serve(begun, sys.argv[1])
