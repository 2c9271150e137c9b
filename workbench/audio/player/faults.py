"""Why nothing can be heard, each a sentence with what to do."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

RETRY = "press r to retry"
ELSEWHERE = "press w for the page in a browser"

NO_LIBRARY = f"PortAudio is missing: install it with `apt-get install libportaudio2`, then {RETRY}, or {ELSEWHERE}"
NO_DEVICE = f"this host has no sound device: {ELSEWHERE}, or start a sound server and {RETRY}"
WENT_AWAY = f"the sound device or its server went away: {RETRY}, or {ELSEWHERE}"


class Fault(Exception):
    """The sentence that the process ends with."""


def library() -> ModuleType:
    """Import sounddevice, which starts PortAudio; raises Fault, may hang, and may abort the process."""
    try:
        import sounddevice
    except OSError as error:
        raise Fault(NO_LIBRARY) from error
    sounds: ModuleType = sounddevice
    return sounds


@contextmanager
def explained(sounds: ModuleType, device: str | None) -> Iterator[None]:
    """Turn what sounddevice raises inside into a Fault."""
    try:
        yield
    except ValueError as error:
        raise Fault(_unknown(device, str(error))) from error
    except sounds.PortAudioError as error:
        raise Fault(_refusal(error, device)) from error


def _unknown(device: str | None, words: str) -> str:
    what = "several sound devices go by" if words.startswith("Multiple") else "there is no sound device"
    return f"{what} `{device}`: name another one with --device or $WORKBENCH_SOUND_DEVICE, or {ELSEWHERE}"


def _refusal(error: Exception, device: str | None) -> str:
    """Return the sentence of a PortAudioError: its words alone where no device was found, else a number as well."""
    if len(error.args) == 1:
        return _unknown(device, "") if device else NO_DEVICE
    words = str(error.args[0]).removeprefix("Error opening OutputStream: ")
    return f"the sound device `{device or 'default'}` refuses ({words}): {RETRY}, or {ELSEWHERE}"
