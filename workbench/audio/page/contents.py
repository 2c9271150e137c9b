"""What the page consists of: its own files, the sounds, and what is said of them."""

import io
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
import soundfile
from msgspec import Struct

from workbench.audio.files import Samples

FOLDER = Path(__file__).parent
STATIC = {
    "": ("page.html", "text/html; charset=utf-8"),
    "page.js": ("page.js", "text/javascript"),
    "player.js": ("player.js", "text/javascript"),
    "abx.js": ("abx.js", "text/javascript"),
    "page.css": ("page.css", "text/css"),
    "icon.svg": ("icon.svg", "image/svg+xml"),
}
WAV = "audio/wav"


class About(Struct, frozen=True):
    """What the page says of the pair."""

    title: str
    names: tuple[str, ...]
    """Of A, of B and of the difference."""
    notes: tuple[str, ...]
    rate: int
    seconds: float
    injected: bool
    applied: tuple[str, ...] = ()
    """What was done to the signals, in words."""


class Answer(NamedTuple):
    """One file as a browser gets it."""

    body: bytes
    kind: str


def wav(samples: Samples, rate: int) -> bytes:
    """Return samples [frames] as a wav of float32 at `rate` Hz."""
    file = io.BytesIO()
    soundfile.write(file, np.ascontiguousarray(samples), rate, format="WAV", subtype="FLOAT")
    return file.getvalue()


def contents(about: About, sources: tuple[Samples, ...]) -> dict[str, Answer]:
    """Return every name that the page may ask for; the sources are A, B and the difference."""
    files = {name: Answer((FOLDER / file).read_bytes(), kind) for name, (file, kind) in STATIC.items()}
    files["about.json"] = Answer(msgspec.json.encode(about), "application/json")
    sounds = zip(("a.wav", "b.wav", "difference.wav"), sources, strict=True)
    return files | {name: Answer(wav(samples, about.rate), WAV) for name, samples in sounds}
