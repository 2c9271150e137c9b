"""`workbench listen` as a shell sees it: two files of any kind, numbers and an exit code, a page, wavs, and keys."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.audio.player.servers import Server
from tests.audio.player.signals import RATE, chirp, tone
from tests.cli.driving import WORKBENCH, one_sentence, run
from tests.terminal.tmux import Terminal, alive

FRAMES = 4 * RATE


def write(path: Path, samples: np.ndarray, rate: int = RATE, **how: str) -> str:
    soundfile.write(path, samples, rate, **how)
    return path.name


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (folder := tmp_path / "zwei Klänge").mkdir()
    write(folder / "a.wav", chirp(FRAMES), subtype="FLOAT")
    write(folder / "b.wav", tone(FRAMES), subtype="FLOAT")
    return folder


def listen(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run("listen", *arguments, cwd=folder, WORKBENCH_HOME=str(folder.parent / "home"))


def test_a_sound_that_was_rounded_to_16_bits_is_the_same(folder: Path) -> None:
    for name, subtype in (("c.wav", "PCM_16"), ("c.flac", "PCM_16"), ("c.aiff", "PCM_24")):
        write(folder / name, chirp(FRAMES), subtype=subtype)
        done = listen(folder, "a.wav", name)
        assert done.returncode == 0 and "● pass: B is A to within 16-bit rounding" in done.stdout, done


def damaged(kind: str) -> np.ndarray:
    sound = chirp(FRAMES)
    match kind:
        case "lag":
            return np.concatenate([np.zeros(1, np.float32), sound[:-1]])
        case "gain":
            return (sound * 1.01).astype(np.float32)
        case "dc":
            return (sound + 1e-3).astype(np.float32)
        case "form":
            return sound[:-10]
        case "worst":
            sound[50_000] += 0.3
    return sound


@pytest.mark.parametrize("kind", ["lag", "gain", "dc", "form", "worst"])
def test_what_is_off_is_named(folder: Path, kind: str) -> None:
    write(folder / "c.wav", damaged(kind), subtype="FLOAT")
    done = listen(folder, "a.wav", "c.wav")
    assert done.returncode == 1 and f"✗ {kind} " in done.stdout, done.stdout


def test_other_rates_and_channels_are_said(folder: Path) -> None:
    write(folder / "c.wav", np.stack([chirp(FRAMES)] * 2, axis=1), 16_000, subtype="FLOAT")
    done = listen(folder, "a.wav", "c.wav")
    assert done.returncode == 1
    assert "✗ rate" in done.stdout and "A has 24000 Hz" in done.stdout and "✗ channels" in done.stdout


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("gone.wav", None, "there is no file"),
        ("text.wav", b"words", "is no sound file"),
        ("empty.wav", b"", "is no sound"),
    ],
)
def test_what_is_no_sound_is_one_sentence(folder: Path, name: str, content: bytes | None, words: str) -> None:
    if content is not None:
        (folder / name).write_bytes(content)
    done = listen(folder, "a.wav", name)
    assert done.returncode == 2 and words in one_sentence(done) and name in one_sentence(done)


def test_no_frames_are_no_sound(folder: Path) -> None:
    write(folder / "none.wav", np.zeros(0, np.float32))
    done = listen(folder, "none.wav", "a.wav")
    assert done.returncode == 2 and "0 frames" in one_sentence(done)


def test_the_pair_is_exported_as_it_came(folder: Path) -> None:
    write(folder / "loud.wav", 3 * chirp(FRAMES), subtype="FLOAT")
    done = listen(folder, "a.wav", "loud.wav", "--export", "out")
    assert done.returncode == 0 and done.stdout.split() == ["out/a.wav", "out/b.wav", "out/difference.wav"]
    samples, rate = soundfile.read(folder / "out" / "b.wav", dtype="float32")
    np.testing.assert_array_equal(samples, 3 * chirp(FRAMES))
    assert rate == RATE


def test_a_page_is_served_until_it_is_interrupted(folder: Path) -> None:
    with subprocess.Popen(
        [WORKBENCH, "listen", "--page", "a.wav", "b.wav"],
        cwd=folder, env={**os.environ, "WORKBENCH_HOME": str(folder.parent / "home")}, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    ) as serving:  # fmt: skip
        assert serving.stdout and serving.stderr
        address = serving.stdout.readline().strip()
        assert b"workbench: listen" in urllib.request.urlopen(address, timeout=10).read()
        port = address.split(":")[2].split("/")[0]
        assert f"ssh -L {port}:127.0.0.1:{port} " in serving.stderr.readline()
        serving.send_signal(signal.SIGINT)
        assert serving.wait(20) == 0


def test_nothing_appears_beside_the_files(folder: Path) -> None:
    listen(folder, "a.wav", "b.wav")
    assert sorted(path.name for path in folder.iterdir()) == ["a.wav", "b.wav"]


def test_the_doctor_does_not_wait_for_a_server_that_never_answers(folder: Path, _pulse: None) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        address = f"tcp:127.0.0.1:{deaf.getsockname()[1]}"
        done = run("doctor", cwd=folder, PULSE_SERVER=address)
    assert f"the sound server {address} does not answer" in done.stdout, done


@pytest.fixture
def terminal(folder: Path, tmp_path_factory: pytest.TempPathFactory, server: Server) -> Iterator[Terminal]:
    if shutil.which("tmux") is None:
        pytest.skip("tmux is missing: apt-get install tmux")
    terminal = Terminal(tmp_path_factory.mktemp("tmux") / "s", folder, (100, 30))
    terminal.type(f"PATH={Path(sys.executable).parent}:$PATH WORKBENCH_HOME={folder.parent}/home")
    yield terminal
    terminal.close()


def test_keys_in_a_terminal_and_a_server_that_goes_away(terminal: Terminal, folder: Path, server: Server) -> None:
    for name, sound in (("a.wav", chirp), ("b.wav", tone)):
        write(folder / name, sound(60 * RATE), subtype="FLOAT")
    terminal.type("export WORKBENCH_HOME; workbench listen a.wav b.wav --device pulse")
    terminal.until(lambda text: "■  A    0.00 / 60.00 s" in text)
    terminal.press("Space")
    terminal.until(lambda text: "▶  A" in text)
    terminal.press("x")
    terminal.until(lambda text: "▶  B" in text)
    terminal.press("d")
    terminal.until(lambda text: "▶  A−B" in text)
    terminal.press("m")
    terminal.until(lambda text: "A by -" in text or "B by -" in text)
    server.kill()
    terminal.until(lambda text: "went away: press r to retry" in text)
    terminal.press("w")
    terminal.until(lambda text: "http://127.0.0.1:" in text and "ssh -L" in text)
    server.start()
    terminal.press("r", "Space")
    terminal.until(lambda text: "▶" in text.splitlines()[-1] or "▶" in text)
    family = terminal.family()[1:]
    terminal.press("q")
    terminal.until(lambda text: text.rstrip().endswith("ready>"))
    assert alive(family) == []
    assert terminal.says("echo $?").strip().endswith("0")
