"""The stages that faults are planted in, each with the inputs that it is checked on."""

from pathlib import Path

from tests.workspace import SPEECH, session_of

INPUTS: dict[str, list[str]] = {
    "flow.dit": SPEECH,
    "hift.decode": ["arctic", "silence", "odd"],
    "hift.source": ["arctic", "librivox", "silence"],
    "hift.f0": ["arctic", "librivox", "silence"],
    "frontend.resample": ["at_44100", "at_48000", "at_22050"],
    "frontend.mel24k": ["arctic", "arctic_short", "silence"],
    "frontend.whisper_mel": ["arctic", "arctic_short", "silence"],
    "frontend.fbank": ["arctic", "arctic_short", "silence"],
    "frontend.tokens": SPEECH,
    "llm.prefill": SPEECH,
    "llm.decode": ["arctic", "arctic_short", "odd"],
}


def declare(workspace: Path, stage: str) -> None:
    """Leave one stage in the session of a workspace."""
    (workspace / "sessions" / "cosyvoice3" / "session.toml").write_text(session_of([stage], INPUTS[stage]))
