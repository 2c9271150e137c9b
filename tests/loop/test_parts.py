"""The parts of a stage say of their taps what the whole stage says of them, to the last bit."""

from pathlib import Path

from tests.loop.driving import running
from workbench.native.protocol import Job, Loaded, Message, Request, StageFailed, TapCompared

PREFIX = "decoder.estimator."


def compared(messages: list[Message]) -> dict[str, float]:
    assert not [message for message in messages if isinstance(message, StageFailed)]
    taps = [message for message in messages if isinstance(message, TapCompared) and message.measured]
    return {tap.name: tap.measured.rms for tap in taps if tap.kind != "output"}


async def test_a_part_has_the_local_errors_of_the_whole(workspace: Path) -> None:
    async with running(workspace) as loop:
        wiring = loop.engine._wiring
        assert loop.board.build
        capture = await wiring.captures.ensure("flow.dit", "arctic_short")
        weights = tuple(map(str, await wiring.captures.weights("flow.dit")))

        async def run(part: str) -> list[Message]:
            request = Request(
                artifact=loop.board.build.artifact, stage="flow.dit", part=part, weights=weights, prefix=PREFIX,
                jobs=(Job(str(capture.folder), capture.newest_injected(), ("injected",)),),
                config=wiring.captures.config_text("flow.dit"),
            )  # fmt: skip
            return [message async for message in wiring.native.run(request, 60)]

        whole = await run("")
        (loaded,) = (message for message in whole if isinstance(message, Loaded))
        assert len(loaded.parts) == 7
        found: dict[str, float] = {}
        for part in loaded.parts:
            errors = compared(await run(part))
            assert errors and all(name == part or name.startswith(f"{part}.") for name in errors), part
            found |= errors
        wanted = compared(whole)
        assert set(wanted) - set(found) == {"proj_out"}
        assert found == {name: wanted[name] for name in found}
