"""A PulseAudio server of the test's own, whose only sink goes nowhere and can be recorded."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

from tests.audio.player.signals import RATE, Samples

UP_LIMIT = 20.0
LEAD = 0.3
"""Seconds that a recording runs before and after what it is for."""


class Server:
    """One server in a folder of its own; `start` again after `kill` gives another one at the same address."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="wb-pulse-", dir="/tmp"))  # a socket's path has to be short
        self.folder.chmod(0o700)
        self.environment = {
            "HOME": str(self.folder), "XDG_RUNTIME_DIR": str(self.folder), "PULSE_RUNTIME_PATH": str(self.folder),
            "PULSE_STATE_PATH": str(self.folder), "PULSE_SERVER": f"unix:{self.folder}/native", "PULSE_SINK": "ab",
            "PULSE_SOURCE": "ab.monitor",
        }  # fmt: skip
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        (self.folder / "native").unlink(missing_ok=True)
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [
                    "pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1", "--disallow-exit",
                    "--disable-shm=yes", "--high-priority=yes", "--realtime=yes",
                    "-L", f"module-native-protocol-unix auth-anonymous=1 socket={self.folder}/native",
                    "-L", f"module-null-sink sink_name=ab format=float32le rate={RATE} channels=1 channel_map=mono "
                          "norewinds=1",
                ],
                env=self._environment(), stdout=log, stderr=log,
            )  # fmt: skip
        end = time.monotonic() + UP_LIMIT
        while subprocess.run(["pactl", "info"], env=self._environment(), capture_output=True, check=False).returncode:
            assert time.monotonic() < end, (self.folder / "log").read_text()
            time.sleep(0.05)

    def kill(self, number: signal.Signals = signal.SIGKILL) -> None:
        assert self.process is not None
        self.process.send_signal(number)
        if number == signal.SIGKILL:
            self.process.wait()

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def record(self) -> "Recording":
        return Recording(self._environment(), self.folder / "recorded.raw")

    def _environment(self) -> dict[str, str]:
        return {**os.environ, **self.environment}


class Recording:
    """What the sink gets, float32 at RATE, from the construction to `stop`."""

    def __init__(self, environment: dict[str, str], file: Path) -> None:
        self._file = file
        with file.open("wb") as raw:
            self._process = subprocess.Popen(
                ["parec", "-d", "ab.monitor", "--format=float32le", f"--rate={RATE}", "--channels=1",
                 "--latency-msec=20", "--raw"],
                env=environment, stdout=raw, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        end = time.monotonic() + UP_LIMIT
        while not file.stat().st_size:
            assert time.monotonic() < end, "nothing is recorded"
            time.sleep(0.02)

    def stop(self) -> Samples:
        time.sleep(LEAD)
        self._process.send_signal(signal.SIGINT)
        self._process.wait()
        size = self._file.stat().st_size // 4 * 4
        return np.frombuffer(self._file.read_bytes()[:size], "<f4")
