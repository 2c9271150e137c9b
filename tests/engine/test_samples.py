"""Sounds that are kept for who listens to them."""

import os
from pathlib import Path

import numpy as np

from workbench.engine.samples import KEPT, save


def test_a_sound_is_kept_by_its_content_and_the_newest_stay(tmp_path: Path) -> None:
    first = save(np.full(9, 0.5), tmp_path / "heard")
    assert np.load(first).dtype == np.float32 and save(np.full(9, 0.5, np.float32), tmp_path / "heard") == first
    for number in range(KEPT):
        path = save(np.full(9, number / 100 + 1), tmp_path / "heard")
        os.utime(path, ns=(number, number))
    assert save(np.full(9, 0.5), tmp_path / "heard") == first and first.exists()
    assert len(list((tmp_path / "heard").iterdir())) == KEPT
