"""The rows of a stage, from messages as the native worker sends them."""

import json
from pathlib import Path

import msgspec
import pytest

from workbench.engine.capture_files import Capture, Manifest, ManifestTap, Spread
from workbench.engine.context import Context
from workbench.engine.places import Places
from workbench.engine.sources import Edits
from workbench.engine.table import Table
from workbench.model.build import Build
from workbench.model.draws import Draw
from workbench.model.session import Stage
from workbench.model.verdict import Verdict
from workbench.native.protocol import Margin, Measured, TapCompared

TAPS = (ManifestTap("logits", "tap", "f32", (1, 3, 5)), ManifestTap("tokens", "output", "i64", (1, 3)))
NOISE = Spread(rms=1.0, max=1.0, noise_rms=1e-7, noise_max=1e-6, std=1.0)


def measured(differing: int) -> Measured:
    return Measured(
        rms=1.0, max_abs=1.0, relative=1.0, bias=0.0, cosine=1.0, snr_db=0.0, atol=1.0, rtol=1.0, count=3,
        differing=differing, zeros=0, nonfinite=0, nan=0, inf=0, worst_index=(0, 0), worst_actual=1.0,
        worst_expected=0.0, neighbours=(), histogram_start=0, histogram=(), profile=(),
    )  # fmt: skip


def table(
    folder: Path, config: Stage, taps: tuple[ManifestTap, ...] = TAPS, noise: Spread = NOISE,
    draws: tuple[Draw, ...] = (), upstream: str | None = None, injected: bool = False,
) -> Table:  # fmt: skip
    manifest = Manifest("s", "i", {}, 0, (), {}, taps, draws=draws, float64=None if not injected else "none")
    build = Build(id="b", number=1, artifact="", profile="", made_at=0.0, seconds=0.0)
    context = Context(build, Edits(), Places(folder, folder), {}, 1, lambda event: None)
    noises = {tap.name: noise for tap in taps if tap.dtype == "f32"}
    if injected:
        stats = {name: msgspec.to_builtins(each) for name, each in noises.items()}
        (folder / "injected-d.json").write_text(json.dumps({"taps": list(noises), "stats": stats}))
    return Table(config, Capture(folder, manifest, noises), "d" if injected else "", context, upstream)


@pytest.mark.parametrize(("margin", "verdict"), [(9e-7, Verdict.LIMITED), (1e-3, Verdict.FAIL), (None, Verdict.FAIL)])
def test_an_integer_is_judged_by_the_margin_at_the_tap_it_is_chosen_from(
    tmp_path: Path, margin: float | None, verdict: Verdict
) -> None:
    rows = table(tmp_path, Stage(inputs=("i",), margins={"tokens": "logits"}))
    rows.take(
        TapCompared(
            run="free", order=1, name="tokens", kind="output", dtype="i64", shape=(1, 3), measured=measured(1)
        )
    )  # fmt: skip
    if margin is not None:
        rows.margin(Margin("free", "tokens", margin))
    assert [row.verdict for row in rows.finish()] == [verdict]


def compared(name: str, kind: str, order: int, rms: float, **changes: object) -> TapCompared:
    """A tap of f32 that is off by `rms`, in the tensor's own unit."""
    fields = {"run": "free", "dtype": "f32", "shape": (1, 3), **changes}
    off = msgspec.structs.replace(measured(0), rms=rms, max_abs=rms)
    return TapCompared(order=order, name=name, kind=kind, measured=off, **fields)  # type: ignore[arg-type]


ABSENT = (
    ManifestTap("read", "module", "f32", (3,), parameters=True),
    ManifestTap("left_out", "module", "f32", (3,), parameters=True),
    ManifestTap("y", "output", "f32", (3,)),
)


@pytest.mark.parametrize(
    ("layers", "verdicts"),
    [
        (True, {"read": Verdict.UNCHECKED, "left_out": Verdict.FAIL, "y": Verdict.FAIL}),
        (False, {"read": Verdict.UNCHECKED, "left_out": Verdict.UNCHECKED, "y": Verdict.FAIL}),
    ],
)
def test_what_never_came_fails_where_the_port_can_be_known_to_lack_it(
    tmp_path: Path, layers: bool, verdicts: dict[str, Verdict]
) -> None:
    rows = table(tmp_path, Stage(inputs=("i",), prefix="net."), ABSENT)
    rows.missing(["read", "left_out", "y"], frozenset(["net.read.weight"]), layers)
    assert {row.name: row.verdict for row in rows.finish()} == verdicts


def test_a_tap_that_only_the_port_has_is_unchecked_and_lies_where_it_came(tmp_path: Path) -> None:
    rows = table(tmp_path, Stage(inputs=("i",)))
    rows.take(compared("logits", "tap", 0, 1e-7))
    rows.take(compared("extra", "tap", -1, 9.0))
    rows.take(compared("tokens", "output", 1, 0.0))
    assert [(row.name, row.verdict) for row in rows.finish()][1] == ("extra", Verdict.UNCHECKED)


@pytest.mark.parametrize(("after", "verdict"), [(0, Verdict.INCONCLUSIVE), (1, Verdict.FAIL)])
def test_a_draw_that_nobody_hands_over_excuses_only_what_lies_behind_it(
    tmp_path: Path, after: int, verdict: Verdict
) -> None:
    drawn = Draw(name="a.py:3", call="randn", after=after)
    rows = table(tmp_path, Stage(inputs=("i",)), draws=(drawn,))
    rows.take(compared("logits", "tap", 0, 1e-3))
    assert [row.verdict for row in rows.finish()] == [verdict]


@pytest.mark.parametrize(("kind", "verdict"), [("output", Verdict.INCONCLUSIVE), ("tap", Verdict.PASS)])
def test_only_an_output_without_spread_could_not_have_failed(tmp_path: Path, kind: str, verdict: Verdict) -> None:
    flat = msgspec.structs.replace(NOISE, std=0.0)
    rows = table(tmp_path, Stage(inputs=("i",)), (ManifestTap("logits", kind, "f32", (1, 3)),), noise=flat)
    rows.take(compared("logits", kind, 0, 1e-7))
    assert [row.verdict for row in rows.finish()] == [verdict]


@pytest.mark.parametrize(("upstream", "verdict"), [(None, Verdict.INCONCLUSIVE), ("", Verdict.PASS)])
def test_in_a_chain_the_noise_of_all_stages_before_is_still_trusted(
    tmp_path: Path, upstream: str | None, verdict: Verdict
) -> None:
    noisy = msgspec.structs.replace(NOISE, noise_rms=1e-2, noise_max=1e-2)
    rows = table(tmp_path, Stage(inputs=("i",)), noise=noisy, upstream=upstream)
    rows.take(compared("logits", "tap", 0, 1e-2))
    assert [row.verdict for row in rows.finish()] == [verdict]


def test_children_that_agree_leave_the_fault_to_what_joins_them(tmp_path: Path) -> None:
    taps = tuple(ManifestTap(name, "module", "f32", (1, 3)) for name in ("block.a", "block.b", "block"))
    rows = table(tmp_path, Stage(inputs=("i",)), taps, injected=True)
    for order, (name, off) in enumerate([("block.a", 1e-7), ("block.b", 1e-7), ("block", 1e-3)]):
        rows.take(compared(name, "module", order, off, run="injected"))
    assert rows.finish()[2].reason.endswith("the 2 rows within it agree, so the fault is in what joins them")
    rows.take(compared("block.b", "module", 1, 1e-3, run="injected"))
    assert "agree" not in rows.finish()[2].reason
