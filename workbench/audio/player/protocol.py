"""What the client and the player's process say to each other: one JSON object per line."""

import msgspec
from msgspec import Struct

from workbench.model.listening import Playback


class Load(Struct, frozen=True, tag=True):
    """Play these from now on, at the position that was reached if the rate is the same."""

    sources: tuple[str, ...]
    """.npy files, float32 `[frames]`, of equal length."""
    rate: int


class Play(Struct, frozen=True, tag=True):
    """Go on, from the start after the end."""

    at: int = 0
    """As of every action: not before so many frames have gone to the device; 0 for now."""


class Pause(Struct, frozen=True, tag=True):
    """Fall silent at the position."""

    at: int = 0


class Seek(Struct, frozen=True, tag=True):
    """Go to another position."""

    frame: int
    at: int = 0


class Switch(Struct, frozen=True, tag=True):
    """Go to another source at the same position."""

    source: int
    at: int = 0


class Loop(Struct, frozen=True, tag=True):
    """Repeat a region, or nothing."""

    region: tuple[int, int] | None
    at: int = 0


class Awake(Struct, frozen=True, tag=True):
    """The process runs; what follows may hang."""


class Ready(Struct, frozen=True, tag=True):
    """The sound library is up."""


class Opened(Struct, frozen=True, tag=True):
    """The sources are loaded and the device takes them."""


class Said(Struct, frozen=True, tag=True):
    """What is played now."""

    playback: Playback


class Failed(Struct, frozen=True, tag=True):
    """The last thing that a process says that cannot play."""

    sentence: str


Action = Play | Pause | Seek | Switch | Loop
Request = Load | Action
Notice = Awake | Ready | Opened | Said | Failed

encode = msgspec.json.Encoder().encode
requests: msgspec.json.Decoder[Request] = msgspec.json.Decoder(Request)
notices: msgspec.json.Decoder[Notice] = msgspec.json.Decoder(Notice)
