"""What goes to the device, frame by frame."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.audio.player.signals import FADED, RATE, chirp, heard, tone
from workbench.audio.player.mixer import LEAD, Mixer, Samples
from workbench.audio.player.protocol import Action, Loop, Pause, Play, Seek, Switch

FRAMES = 3 * RATE
A, B = chirp(FRAMES), tone(FRAMES)
LED = round(LEAD * RATE)


def played(actions: list[Action], frames: int, sources: tuple[Samples, ...] = (A, B), block: int = 1000) -> Samples:
    """Return the first frames after the silence in front."""
    mixer = Mixer(sources, RATE)
    for action in actions:
        mixer.do(action)
    mixer.begin()
    out = np.full(LED + frames, np.nan, np.float32)
    for first in range(0, len(out), block):
        mixer.fill(out[first : first + block])
    assert not out[:LED].any()
    return out[LED:]


def same(a: Samples, b: Samples) -> None:
    assert a.dtype == b.dtype == np.float32
    np.testing.assert_array_equal(a, b)


def test_a_sound_begins_and_ends_as_it_is() -> None:
    same(played([Play()], FRAMES + 500), np.concatenate([A, np.zeros(500, np.float32)]))


def test_a_switch_happens_at_its_frame_and_its_position() -> None:
    same(played([Play(), Switch(1, at=LED + 5001)], 9000), heard((A, 0, 5001), (B, 5001, 3999)))


def test_a_switch_waits_for_the_fade_before_it() -> None:
    out = played([Play(), Switch(1, at=LED + 5000), Switch(0, at=LED + 5100)], 9000)
    same(out, heard((A, 0, 5000), (B, 5000, FADED), (A, 5000 + FADED, 4000 - FADED)))


def test_a_loop_goes_over_its_seam_with_a_fade() -> None:
    out = played([Loop((12_000, 30_000)), Play()], 40_000)
    same(out[FADED:], heard((A, 12_000, 18_000), (A, 12_000, 18_000), (A, 12_000, 4_000))[FADED:])


def test_a_seam_that_waited_leaves_the_period_as_it_was() -> None:
    out = played([Loop((12_000, 30_000)), Play(), Switch(1, at=LED + 17_900)], 50_000)
    late = FADED - 100
    want = heard(
        (A, 12_000, 17_900), (B, 29_900, FADED), (B, 12_000 + late, 18_000 - late), (B, 12_000, 14_000)
    )  # fmt: skip
    same(out[FADED:], want[FADED:])


def test_a_pause_fades_out_and_play_fades_in_where_it_stopped() -> None:
    out = played([Play(), Pause(at=LED + 5000), Play(at=LED + 7000)], 9000)
    silence = np.zeros(0, np.float32)
    same(out, heard((A, 0, 5000), (silence, 0, 2000), (A, 5000, 2000)))


def test_a_seek_is_faded() -> None:
    same(played([Play(), Seek(40_000, at=LED + 5000)], 9000), heard((A, 0, 5000), (A, 40_000, 4000)))


def test_after_the_end_it_begins_again() -> None:
    out = played([Play(), Play(at=LED + FRAMES + 1000)], FRAMES + 3000)
    same(out, np.concatenate([A, np.zeros(1000, np.float32), A[:2000]]))


def test_other_sources_are_faded_to_at_the_same_position() -> None:
    mixer = Mixer((A, A), RATE)
    mixer.do(Play())
    mixer.begin()
    out = np.zeros(LED + 9000, np.float32)
    mixer.fill(out[: LED + 4000])
    mixer.load((B, B))
    mixer.fill(out[LED + 4000 :])
    same(out[LED:], heard((A, 0, 4000), (B, 4000, 5000)))


def test_positions_outside_are_taken_to_the_nearest() -> None:
    assert not played([Seek(10 * FRAMES), Switch(7)], 100).any()
    same(played([Seek(-5), Switch(-1), Play()], 100), A[:100])


frames = st.integers(0, LED + 30_000)
actions = st.lists(
    st.one_of(
        st.builds(Play, at=frames), st.builds(Pause, at=frames), st.builds(Switch, st.integers(0, 1), at=frames),
        st.builds(Seek, st.integers(0, FRAMES), at=frames),
        st.builds(
            lambda first, length, at: Loop((first, min(first + length, FRAMES)), at),
            st.integers(0, FRAMES - RATE // 2), st.integers(RATE // 2, RATE), frames,
        ),
    ),
    max_size=8,
)  # fmt: skip


@given(actions, st.integers(1, 5000))
@settings(max_examples=60, deadline=None)
def test_blocks_of_any_size_are_the_same_sound(actions: list[Action], block: int) -> None:
    same(played(actions, 30_000, block=block), played(actions, 30_000, block=100_000))


@given(actions)
@settings(max_examples=60, deadline=None)
def test_between_equal_sounds_nothing_is_heard(actions: list[Action]) -> None:
    unswitched = [action for action in actions if not isinstance(action, Switch)]
    once = [action for action in unswitched if isinstance(action, Play)][:1]
    switches = [action for action in actions if isinstance(action, Switch)]
    same(played([*once, *switches], 30_000, (A, A.copy())), played(once, 30_000))


def test_it_is_idle_only_after_a_silence() -> None:
    mixer = Mixer((A,), RATE)
    mixer.do(Play())
    mixer.begin()
    out = np.zeros(LED + FRAMES + RATE - 1, np.float32)
    mixer.fill(out)
    assert not mixer.idle
    mixer.fill(np.zeros(FADED + 1, np.float32))
    assert mixer.idle
