"""The chain of the real session: flow.embed feeds flow.cfm, on both sides."""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from tests.cli.driving import SESSION, edited, one_sentence, run
from tests.workspace import session_of
from workbench.model.board import Board
from workbench.model.events import decode
from workbench.model.row import Row
from workbench.model.verdict import Verdict
from workbench.report.chain import chain_tables

LINKS = """
[chain.links]
"flow.embed" = {}
"flow.cfm" = { mu = "flow.embed.mu", spks = "flow.embed.spks", cond = "flow.embed.cond", known = "flow.embed.known" }
"""
HARNESS = """
[harness.artifacts."debug_artifacts.safetensors"]
token = "flow.embed.token"
python_flow_output = "flow.cfm.feat"

[harness.reference_sounds]
"debug_artifacts.wav" = "flow.cfm.feat"

[harness.native_sounds]
"native.wav" = "flow.cfm.feat"

[harness.logs]
"test_flow.log" = ["flow.*"]
"""
CFM, LOOK_AHEAD = (Path("rust/cosyvoice3/src/flow") / name for name in ("cfm.rs", "look_ahead.rs"))


@pytest.fixture(scope="module")
def chained(workspace: Path) -> Iterator[Path]:
    """The workspace with two stages on their shortest input, and a chain of them."""
    before = (workspace / SESSION).read_text()
    text = re.sub(r"(?m)^(inputs|after) = .*\n", "", session_of(["flow.embed", "flow.cfm"]))
    text = re.sub(r"(?m)^(\[stages\..*\])$", r'\1\ninputs = ["shortest"]', text)
    (workspace / SESSION).write_text(text + LINKS + HARNESS)
    yield workspace
    (workspace / SESSION).write_text(before)


def chain(folder: Path, *more: str) -> tuple[int, list[Row], list[str]]:
    """Check with the chain; return the exit code, the chain's rows in order, and the chain as text."""
    done, board = run("check", "--chain", "--json", *more, cwd=folder), Board()
    for line in done.stdout.splitlines():
        board.apply(decode(line))
    rows = [row for state in board.stages.values() for row in state.rows("chain")]
    return done.returncode, rows, [line for table in chain_tables(board) for line in table.splitlines()]


def test_a_chain_that_is_right_stays_at_the_floor_from_stage_to_stage(chained: Path) -> None:
    code, rows, lines = chain(chained)
    assert code == 0
    assert {row.verdict for row in rows} == {Verdict.PASS}
    assert all(row.local is None and (row.accumulated or row.name == "known") for row in rows)
    assert lines[0] == "● chain · flow.embed → flow.cfm"
    assert [line.split()[1:3] for line in lines[2:]] == [
        *(["flow.embed", name] for name in ("mu", "spks", "cond", "known")),
        ["flow.cfm", "feat"],
    ]
    outputs = chained / "home" / "chain" / "cosyvoice3"
    assert set(load_file(outputs / "flow.embed.safetensors")) == {"mu", "spks", "cond", "known"}
    assert load_file(outputs / "flow.cfm.safetensors")["feat"].shape == (1, 80, 200)


def test_the_reference_goes_on_with_its_own_results(chained: Path) -> None:
    chain(chained)
    captures = chained / "home" / "captures" / "cosyvoice3" / "small"
    embed, cfm = (
        next((captures / stage / "chain").glob("*/reference.safetensors")) for stage in ("flow.embed", "flow.cfm")
    )
    given, made = load_file(cfm.with_name("inputs.safetensors")), load_file(embed)
    assert all(np.array_equal(given[name], made[name]) for name in ("mu", "spks", "cond", "known"))


def test_an_error_is_shown_where_it_comes_in_and_inherited_from_there_on(chained: Path) -> None:
    with edited(chained / LOOK_AHEAD, "const SLOPE: f64 = 0.01;", "const SLOPE: f64 = 0.011;"):
        code, rows, lines = chain(chained)
    assert code == 1
    wrong = [(row.stage, row.name) for row in rows if row.verdict is Verdict.FAIL]
    assert wrong == [("flow.embed", "pre_lookahead_layer.conv2")]
    inherited = [row for row in rows if row.stage == "flow.cfm" and row.verdict is not Verdict.PASS]
    assert {row.verdict for row in inherited} == {Verdict.LIMITED}
    assert {row.reason for row in inherited} == {"inherited from flow.embed pre_lookahead_layer.conv2"}
    assert lines[1].startswith("  the error comes in at pre_lookahead_layer.conv2 of flow.embed: accumulated error")


def test_an_error_of_a_later_stage_leaves_the_earlier_ones_alone(chained: Path) -> None:
    with edited(chained / CFM, "time += step;", "time += step * 0.999;"):
        _, rows, lines = chain(chained, "--stage", "flow.embed")
    assert {row.verdict for row in rows if row.stage == "flow.embed"} == {Verdict.PASS}
    assert lines[1].startswith("  the error comes in at t_in#1 of flow.cfm: accumulated error")


def test_what_a_failed_stage_would_feed_is_said_to_end_there(chained: Path) -> None:
    with edited(
        chained / LOOK_AHEAD, "tap::output(&(seen + x)?)", 'candle_core::bail!("no {}", (seen + x)?.elem_count())'
    ):
        code, _, lines = chain(chained)
    assert code == 1
    assert lines[-1] == "  flow.cfm: the chain ends at flow.embed, whose outputs this stage takes"


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (LINKS + HARNESS, "", "session `cosyvoice3` has no chain: declare its links in"),
        ('= "flow.embed.token"', '= "flow.embd.token"', "`flow.embd.token` is no tensor of a stage of the chain"),
        ('"flow.embed" = {}', '"flow.embd" = {}', "there is no stage `flow.embd` (did you mean `flow.embed`?)"),
        ('"flow.embed.mu"', '"flow.embd.mu"', "`flow.embd.mu` is no `stage.output` of the chain (did you"),
        ('"flow.embed" = {}', '"flow.embed" = { token = "flow.cfm.feat" }', "these stages take from each other"),
    ],
)  # fmt: skip
def test_a_chain_that_cannot_be_is_one_sentence(chained: Path, old: str, new: str, sentence: str) -> None:
    with edited(chained / SESSION, old, new):
        done = run("check", "--chain", cwd=chained)
    assert done.returncode == 2
    assert sentence in one_sentence(done)


def test_a_link_to_no_output_is_told(chained: Path) -> None:
    with edited(chained / SESSION, '"flow.embed.mu"', '"flow.embed.nu"'):
        _, _, lines = chain(chained)
    assert lines[-1].endswith("input 'mu' is to be 'nu', which no output of the stage before it is")


def sound(path: Path) -> tuple[np.ndarray, int]:
    """Samples and rate of a float32 wav."""
    head = path.read_bytes()
    assert (head[:4], head[8:16], head[20:22]) == (b"RIFF", b"WAVEfmt ", b"\x03\x00")
    start = head.index(b"data") + 8
    return np.frombuffer(head[start:], "<f4"), int.from_bytes(head[24:28], "little")


def test_the_harness_leaves_every_file_and_key(chained: Path) -> None:
    done = run("harness", "--out", "left", cwd=chained)
    assert done.returncode == 0, done.stderr
    left = chained / "left"
    names = {"debug_artifacts.safetensors", "debug_artifacts.wav", "native.wav"}
    assert {path.name for path in left.iterdir()} == names | {"test_flow.log", "table.txt", "report.md"}
    kept = load_file(left / "debug_artifacts.safetensors")
    assert {key: (value.dtype.name, value.shape) for key, value in kept.items()} == {
        "token": ("int32", (1, 100)),
        "python_flow_output": ("float32", (1, 80, 200)),
    }
    (port, rate), (reference, _) = (sound(left / name) for name in ("native.wav", "debug_artifacts.wav"))
    assert rate == 24_000
    assert np.array_equal(reference, kept["python_flow_output"].ravel())
    assert 0 < np.abs(port - reference).max() < 1e-3
    assert "flow.cfm.feat: port and reference null to −1" in (left / "report.md").read_text()
    assert "● flow.embed · shortest" in (left / "test_flow.log").read_text()
    assert (left / "table.txt").read_text().strip() == done.stdout.strip()


def test_the_native_side_alone_needs_its_captures(chained: Path) -> None:
    chain(chained)
    assert run("harness", "--native-only", "--out", "again", cwd=chained).returncode == 0
    with edited(chained / SESSION, "seed = 1986", "seed = 1987"):
        done = run("harness", "--native-only", "--out", "other", cwd=chained)
    assert done.returncode == 1
    assert "--native-only leaves the reference alone: run it once without" in done.stdout
    assert "`token` is missing: the chain did not come to it" in (chained / "other" / "report.md").read_text()


def test_artifacts_made_elsewhere_take_the_reference_s_place(chained: Path) -> None:
    assert run("harness", "--out", "made", cwd=chained).returncode == 0
    allowed = ("--artifacts", "made", "--rms", "1e-5", "--max", "1e-4")
    twice = 'python_flow_output = "flow.cfm.feat"\nthe_same = "flow.cfm.feat"'
    with edited(chained / SESSION, 'python_flow_output = "flow.cfm.feat"', twice):
        done = run("harness", *allowed, cwd=chained)
    assert done.returncode == 0, done.stdout
    assert "● python_flow_output" in done.stdout and "the_same" not in done.stdout
    made = load_file(chained / "made" / "debug_artifacts.safetensors")
    other = {**made, "python_flow_output": made["python_flow_output"] * np.float32(1.001)}
    save_file(other, chained / "made" / "debug_artifacts.safetensors")
    done = run("harness", *allowed, cwd=chained)
    assert done.returncode == 1 and "✗ python_flow_output" in done.stdout


def test_artifacts_that_lack_an_input_are_enough_for_no_check(chained: Path) -> None:
    (chained / "lacking").mkdir()
    save_file(
        {"python_flow_output": np.ones((1, 80, 200), np.float32)}, chained / "lacking/debug_artifacts.safetensors"
    )
    done = run("harness", "--artifacts", "lacking", cwd=chained)
    assert done.returncode == 2
    assert "lacking is enough for no check: flow.embed: the artifacts lack `token`" in done.stderr.splitlines()[-1]
