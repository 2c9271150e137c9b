"""The frontend's stages against the functions that CosyVoice calls; needs COSYVOICE_ROOT and what those import."""

import os
import sys
from typing import Any

import pytest
import torch
from cosyvoice3_reference.frontend import stages

ROOT = os.environ.get("COSYVOICE_ROOT")
INPUTS = ("arctic", "librivox", "arctic_short", "silence", "gap", "clipped", "noise", "shortest", "odd")
RATES = ("at_22050", "at_24000", "at_44100", "at_48000")
CASES = [(name, case) for name in stages.STAGES for case in INPUTS]


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COSYVOICE_ROOT", "/nowhere")
    monkeypatch.setitem(sys.modules, "matcha.utils.audio", None)
    with pytest.raises(ModuleNotFoundError, match=r"'matcha.*', which is not there: give this interpreter torchaudio"):
        stages.Mel24k().build({}, {})


@pytest.mark.skipif(ROOT is None, reason="COSYVOICE_ROOT names no checkout of CosyVoice to compare with")
@pytest.mark.parametrize(("name", "case"), [*CASES, *(("frontend.resample", rate) for rate in RATES)])
def test_every_output_equals_the_original(name: str, case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stage: Any = stages.STAGES[name]()
    inputs = stage.inputs(case, {})
    ours = stage.run(stage.build({}, {}), inputs)
    monkeypatch.setenv("COSYVOICE_ROOT", str(ROOT))
    theirs = stage.run(stage.build({}, {}), inputs)
    assert all(torch.equal(ours[key], theirs[key]) for key in ours)
