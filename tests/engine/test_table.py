"""The rows of a stage, from messages as the native worker sends them."""

from pathlib import Path

import pytest

from workbench.engine.capture_files import Capture, Manifest, ManifestTap, Spread
from workbench.engine.context import Context
from workbench.engine.places import Places
from workbench.engine.sources import Edits
from workbench.engine.table import Table
from workbench.model.build import Build
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


def table(folder: Path, config: Stage) -> Table:
    manifest = Manifest("s", "i", {}, 0, (), {}, TAPS)
    build = Build(id="b", number=1, artifact="", profile="", made_at=0.0, seconds=0.0)
    context = Context(build, Edits(), Places(folder, folder), {}, 1, lambda event: None)
    return Table(config, Capture(folder, manifest, {"logits": NOISE}), "", context)


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
