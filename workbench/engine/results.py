"""What the port came to in the last check, kept as it arrived, so that it can be judged again without a run."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from workbench.engine.capture_files import DAMAGE, Capture
from workbench.model.build import Build
from workbench.native.protocol import Message

FILE = "results.ndjson"
_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Message)


class Head(msgspec.Struct, frozen=True):
    """Which build ran on which capture, and the set of injected taps that its local column is judged by."""

    build: Build
    capture: str
    digest: str


@dataclass(frozen=True)
class Results:
    """All that the native worker said of one stage on one input."""

    head: Head
    messages: Sequence[Message]


def keep(capture: Capture, build: Build, digest: str, messages: Sequence[Message]) -> None:
    """Keep a run beside its capture, in place of the one before."""
    file = capture.folder.parent / FILE
    lines = [_encoder.encode(Head(build, capture.folder.name, digest)), *map(_encoder.encode, messages)]
    draft = file.with_suffix(".draft")
    draft.write_bytes(b"\n".join(lines))
    draft.replace(file)


def kept(capture: Capture) -> Results | None:
    """Return the last run on a capture; None where there is none, or it is damaged or of another capture."""
    try:
        first, *lines = (capture.folder.parent / FILE).read_bytes().split(b"\n")
        head = msgspec.json.decode(first, type=Head)
        messages = [_decoder.decode(line) for line in lines]
    except DAMAGE:
        return None
    return Results(head, messages) if head.capture == capture.folder.name else None
