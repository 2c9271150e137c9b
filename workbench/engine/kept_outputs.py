"""What a build gave at the outputs of a stage, kept beside the build to be heard as long as that is there."""

import contextlib
from contextlib import aclosing
from pathlib import Path

from workbench.engine.capture_files import Capture
from workbench.engine.port import Port
from workbench.model.build import Build
from workbench.model.errors import Exit, WorkbenchError
from workbench.native.protocol import Exited, Job, StageFailed

FOLDER = "outputs"


def kept_in(build: Build, capture: Capture) -> Path:
    """Return where a build's outputs on a capture are kept; another capture has another file."""
    name = f"{capture.manifest.stage}-{capture.manifest.input}-{capture.folder.name}.safetensors"
    return Path(build.artifact).parent / FOLDER / name


def make_room(build: Build, capture: Capture) -> str:
    """Return the path of the file to keep outputs in, with its folder made; empty where the disk refuses."""
    file = kept_in(build, capture)
    with contextlib.suppress(OSError):
        file.parent.mkdir(exist_ok=True)
        return str(file)
    return ""


async def outputs_of(port: Port, build: Build, capture: Capture) -> Path:
    """Return the file with a build's outputs on a capture, made now if need be; raises WorkbenchError."""
    file = kept_in(build, capture)
    if file.exists():
        return file
    job = Job(str(capture.folder), runs=("free",), outputs_in=make_room(build, capture))
    said = await run(port, job)
    if not file.exists():
        raise WorkbenchError(f"build {build.label} gave no {port.stage} on {capture.manifest.input}: {said}", Exit.FAIL)
    return file


async def run(port: Port, job: Job) -> str:
    """Run one job; return what went wrong, if anything did."""
    said = ""
    async with aclosing(port.run([job])) as messages:
        async for message in messages:
            if isinstance(message, StageFailed):
                said = said or message.error
            if isinstance(message, Exited):
                said = said or message.sentence
    return said
