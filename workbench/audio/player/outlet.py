"""One output stream, open while there is something to hear."""

from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from workbench.audio.player.faults import WENT_AWAY, Fault, explained
from workbench.audio.player.mixer import Mixer, Samples
from workbench.audio.player.protocol import Action
from workbench.model.listening import Playback

LATENCY = 0.2
"""Seconds: half of it drops out while builds have every core."""
MONO = 1
"""Channels: PortAudio spreads them over what the device has."""


class Outlet:
    """Plays a mixer on a device, `sounds` being the module sounddevice; raises Fault."""

    def __init__(self, sounds: ModuleType, device: str | None) -> None:
        self._sounds, self._name = sounds, device
        self._device = int(device) if device and device.isdecimal() else device
        self._mixer: Mixer | None = None
        self._stream: Any = None
        self._ended = False
        self._underflows = 0
        self._latency = 0.0

    @property
    def active(self) -> bool:
        """Whether a stream runs, or has just stopped."""
        return self._stream is not None

    def load(self, sources: Sequence[Path], rate: int) -> None:
        """Take other sources, at the same position if the rate is the same. Raises Fault when no device takes them."""
        signals: list[Samples] = [np.load(path) for path in sources]
        self._underflows = 0
        if self._mixer is not None and self._mixer.rate == rate:
            return self._mixer.load(signals)
        self._close()
        with explained(self._sounds, self._name):
            self._sounds.check_output_settings(self._device, MONO, "float32", samplerate=rate)
        self._mixer = Mixer(signals, rate)

    def do(self, action: Action) -> None:
        """Obey at the next block; before anything is loaded there is nothing to obey."""
        if self._mixer is not None:
            self._mixer.do(action)

    def tick(self) -> Playback | None:
        """Start or end the stream as needed, and say what is played."""
        if self._mixer is None:
            return None
        if self._stream is None or not self._stream.active:
            self._rest(self._mixer)
        mixer = self._mixer
        return Playback(
            mixer.position, mixer.playing, mixer.source, mixer.region, self._underflows, round(self._latency, 4)
        )

    def _rest(self, mixer: Mixer) -> None:
        """A stream that stopped though nobody ended it has lost its device."""
        if self._stream is not None:
            self._close()
            if not self._ended:
                raise Fault(WENT_AWAY)
        mixer.begin()
        if mixer.playing:
            self._start(mixer)

    def _start(self, mixer: Mixer) -> None:
        def fill(out: Any, frames: int, time: Any, status: Any) -> None:
            self._underflows += bool(status.output_underflow)
            mixer.fill(out[:, 0])
            if mixer.idle:
                self._ended = True
                raise self._sounds.CallbackStop

        self._ended = False
        with explained(self._sounds, self._name):
            self._stream = self._sounds.OutputStream(
                samplerate=mixer.rate, channels=MONO, dtype="float32", device=self._device,
                blocksize=0, latency=LATENCY, callback=fill,
            )  # fmt: skip
            self._latency = self._stream.latency
            self._stream.start()

    def _close(self) -> None:
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.close()
