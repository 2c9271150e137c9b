"""The stage `llm.sample`: repetition-aware sampling with given noise."""

from typing import Any

import pytest
import torch
from cosyvoice3_reference.llm.config import SamplingConfig
from cosyvoice3_reference.llm.draws import CASES
from cosyvoice3_reference.llm.sampling import RasSampler
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from tests.sessions.stages import config_of, recorded, registry

PROBABILITIES = torch.tensor([0.05, 0.5, 0.08, 0.25, 0.02, 0.1])
"""Six tokens; the last is the one that a minimum forbids."""


def sample(steps: int, decoded: list[int], minimum: int, nucleus: list[float]) -> list[int]:
    sampler = RasSampler(SamplingConfig(top_p=0.8, top_k=4, win_size=3, tau_r=0.5, speech_token_size=5))
    redraw = torch.tensor([1.0, 1.0, 0.1, 1.0, 1.0, 1.0]).expand(steps, -1)
    scores = PROBABILITIES.log().expand(steps, -1)
    return sampler.sample(scores, decoded, minimum, torch.tensor(nucleus).expand(steps, -1), redraw)


@pytest.mark.parametrize(
    ("nucleus", "token"),
    [([1.0, 1.0, 1.0, 1e-6], 1), ([1.0, 1e-3, 1.0, 1.0], 3), ([1.0, 1.0, 1e-3, 1.0], 5)],
)
def test_the_smallest_noise_wins_within_the_nucleus(nucleus: list[float], token: int) -> None:
    assert sample(1, [], 0, nucleus) == [token]


def test_a_minimum_forbids_the_id_behind_the_speech_tokens() -> None:
    assert sample(2, [], 1, [1.0, 1.0, 1e-3, 1.0]) == [1, 5]


@pytest.mark.parametrize(
    ("steps", "decoded", "tokens"),
    [(4, [], [1, 1, 2, 2]), (1, [1, 0, 0], [1]), (1, [1, 1, 0, 0], [1]), (1, [1, 1, 0], [2])],
)
def test_a_repetition_is_drawn_again_from_all_others(steps: int, decoded: list[int], tokens: list[int]) -> None:
    assert sample(steps, decoded, 0, [1.0] * 4) == tokens


@given(st.integers(0, 2**32), st.integers(1, 3000))
def test_torchs_own_draw_is_the_largest_share_of_the_noise(seed: int, count: int) -> None:
    probabilities = torch.rand(count, generator=torch.Generator().manual_seed(seed))
    draw, noise = (torch.Generator().manual_seed(seed + 1) for _ in range(2))
    drawn = probabilities.multinomial(1, replacement=True, generator=draw)
    assert drawn == (probabilities / torch.empty(count).exponential_(generator=noise)).argmax()


def rows_of(name: str) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    stage: Any = registry().stages["llm.sample"]()
    config = config_of("small", "llm", "sampling")
    inputs = stage.inputs(name, config)
    return inputs, recorded(stage, stage.build({}, config), inputs)


@pytest.mark.parametrize("name", CASES)
def test_every_case_repeats_and_gives_tokens(name: str) -> None:
    inputs, rows = rows_of(name)
    again, _ = rows_of(name)
    assert all(torch.equal(inputs[key], again[key]) for key in inputs)
    assert rows["tokens"].shape == (CASES[name].steps,)
    assert 0 <= rows["tokens"].min() <= rows["tokens"].max() < 6761


def test_the_cases_reach_every_branch() -> None:
    sizes = {name: [len(row) for tap, row in rows_of(name)[1].items() if tap.startswith("nucleus")] for name in CASES}
    drawn_again = {name: sum(tap.startswith("redraw") for tap in rows_of(name)[1]) for name in CASES}
    assert set(sizes["flat"]) == {25}
    assert max(sizes["repeating"]) < 25
    assert set(sizes["certain"]) == {1}
    assert drawn_again["repeating"] > 20
    assert drawn_again["shortest"] == 0
    _, rows = rows_of("minimum")
    assert (rows["tokens"] == 6561).nonzero().flatten().tolist()[:1] == [12]
