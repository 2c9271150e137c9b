"""What goes to the device, frame by frame: sources in memory, and every jump between or within them faded.

Pure numpy, so that what a device got can be held against it bit by bit. Every jump (to another source, to another
position, over a loop's seam, into and out of silence) is the same linear crossfade of 10 ms between what was heard
before, which goes on, and what is heard after. It is linear because two equal sources then leave no trace: an
equal-power fade would lift them by 3 dB.
"""

from bisect import insort
from collections import deque
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from workbench.audio.player.protocol import Action, Loop, Pause, Play, Seek, Switch

Samples = npt.NDArray[np.float32]

FADE = 0.01
"""Seconds of a jump."""
LEAD = 0.25
"""Seconds of silence before the first sound: devices swallow their first samples."""
IDLE = 1.0
"""Seconds of silence after the last sound, more than any latency; then the device is given back."""
SILENCE: Samples = np.zeros(0, np.float32)
Wish = Action | list[Samples]


class Mixer:
    """Fills blocks of a mono stream at `rate` Hz from sources of float32 `[frames]` and equal length.

    `fill` belongs to the device's thread; `do` and `load` may be called from another one.
    """

    def __init__(self, sources: Sequence[Samples], rate: int) -> None:
        self.rate = rate
        self.frame = 0
        self.position = 0
        self.source = 0
        self.playing = False
        self.region: tuple[int, int] | None = None
        self._sources = list(sources)
        self._asked: deque[Wish] = deque()
        self._wishes: list[Wish] = []
        self._fade = round(FADE * rate)
        self._begins = 0
        self._silent = 0
        self._before, self._before_at = SILENCE, 0
        self._left = 0

    @property
    def idle(self) -> bool:
        """Whether silence has lasted so long that nothing is lost when the stream ends."""
        return self._silent >= IDLE * self.rate

    def do(self, action: Action) -> None:
        """Obey at the next block, or when the action says; what is due at once in the order of the calls."""
        self._asked.append(action)

    def load(self, sources: Sequence[Samples]) -> None:
        """Take other sources, faded like any jump."""
        self._asked.append(list(sources))

    def begin(self) -> None:
        """Obey what is due and lead the next block in by silence; only while no stream runs."""
        self._begins, self._silent = self.frame, 0
        self._obey()
        self._begins = self.frame + round(LEAD * self.rate)

    def fill(self, out: Samples) -> None:
        """Write the next `len(out)` frames."""
        done = 0
        while done < len(out):
            self._obey()
            part = out[done : done + self._steady(len(out) - done)]
            self._write(part)
            done += len(part)

    @property
    def _heard(self) -> Samples:
        return self._sources[self.source] if self.playing else SILENCE

    @property
    def _end(self) -> int:
        return self.region[1] if self.region else len(self._sources[0])

    def _obey(self) -> None:
        """Do everything that is due; while a fade lasts, nothing is."""
        while self._asked:
            insort(self._wishes, self._asked.popleft(), key=_due)
        while not self._left and self.frame >= self._begins:
            before, position = self._heard, self.position
            if self.playing and position >= self._end:
                self._over()
            elif self._wishes and _due(self._wishes[0]) <= self.frame:
                self._grant(self._wishes.pop(0))
            else:
                return
            self._jump(before, position)

    def _grant(self, wish: Wish) -> None:
        match wish:
            case Play():
                self.position = self.position if self.position < self._end else 0
                self.playing = True
            case Pause():
                self.playing = False
            case Seek(frame=frame):
                self.position = min(max(frame, 0), len(self._sources[0]))
            case Switch(source=source):
                self.source = min(max(source, 0), len(self._sources) - 1)
            case Loop(region=region):
                self.region = region
            case sources:
                self._sources = sources
                self.source = min(self.source, len(sources) - 1)
                self.region = self.region if self.region and self.region[1] <= len(sources[0]) else None
        self._stay_inside()

    def _stay_inside(self) -> None:
        if self.region and not self.region[0] <= self.position < self.region[1]:
            self.position = self.region[0]

    def _over(self) -> None:
        """Begin the loop again, as late as it is: a seam that waited for a fade leaves the period as it was."""
        if self.region:
            self.position += self.region[0] - self.region[1]
        else:
            self.playing = False

    def _jump(self, before: Samples, position: int) -> None:
        """Fade from what was heard; the first frame of a source and what follows its last one stay as they are."""
        same = self._heard is before and (self.position == position or before is SILENCE)
        if not same and not (before is SILENCE and self.position == 0):
            self._before, self._before_at, self._left = before, position, self._fade

    def _steady(self, most: int) -> int:
        """Return for how many frames, up to `most`, nothing changes but positions."""
        if self.frame < self._begins:
            return min(most, self._begins - self.frame)
        if self._left:
            return min(most, self._left)
        if self._wishes:
            most = min(most, _due(self._wishes[0]) - self.frame)
        return min(most, self._end - self.position) if self.playing else most

    def _write(self, out: Samples) -> None:
        frames = len(out)
        self.frame += frames
        if self.frame - frames < self._begins:
            out[:] = 0
            return
        _read(self._heard, self.position, out)
        self.position += frames if self.playing else 0
        if self._left:
            self._mix(out)
        self._silent = 0 if self.playing or self._left or self._wishes else self._silent + frames

    def _mix(self, out: Samples) -> None:
        """Weigh as `old + (new - old) * w`, which leaves equal samples untouched."""
        first = self._fade - self._left + 1
        weight = np.arange(first, first + len(out), dtype=np.float32) / np.float32(self._fade + 1)
        old = np.empty_like(out)
        _read(self._before, self._before_at, old)
        out[:] = old + (out - old) * weight
        self._before_at += len(out)
        self._left -= len(out)


def _due(wish: Wish) -> int:
    return 0 if isinstance(wish, list) else wish.at


def _read(samples: Samples, position: int, out: Samples) -> None:
    part = samples[position : position + len(out)]
    out[: len(part)] = part
    out[len(part) :] = 0
