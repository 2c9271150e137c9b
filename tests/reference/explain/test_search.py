"""What the search does beside single faults: nothing to find, several sites, pairs, several causes, refusals."""

from __future__ import annotations

import math

import pytest
import torch

from tests.reference.conftest import HEAD
from tests.reference.explain import references
from tests.reference.explain.port import asked, explain, ported, prepared
from workbench.reference.failure import Failure

TAPS = references.BLOCK_TAPS


@pytest.fixture
def block(session):
    return session.write(references.BLOCK)


def test_a_clean_tensor_has_no_cause_and_is_not_searched(block):
    explained = explain(block, "attn.to_q", TAPS)
    assert explained.causes == [] and explained.streamed == []
    assert explained.answer["tried"] == 0
    assert explained.answer["before"]["rms"] < 2.2


@pytest.mark.parametrize("size", [1e-5, 1e-2, 1.0])
def test_noise_is_not_explained(block, size):
    explained = explain(block, "attn.to_q", TAPS, noise=size)
    assert explained.causes == [] and explained.streamed == []
    assert explained.answer["tried"] == sum(explained.answer["families"].values()) > 50
    assert {"norm eps", "norm kind", "chunk order", "offset", "product"} <= set(explained.answer["families"])
    assert explained.answer["runner_up"]["after"]["rms"] > 4


def test_a_cause_reaches_what_the_session_allows_at_the_tap(block):
    captured, digest = prepared(block, TAPS)
    gelu = ported(block, captured, "down", TAPS, (('"tanh"', '"none"'),), noise=6e-7)
    assert asked(block, captured, digest, "down", gelu).causes == []
    (cause,) = asked(block, captured, digest, "down", gelu, factor=[40.0, 80.0]).causes
    assert cause["words"] == "gelu erf for gelu tanh" and 4 < cause["after"]["rms"] <= 40


def test_a_fault_that_no_family_has_is_not_explained(block):
    odd = ("(self.norm(x) * (1 + scale) + shift", "(self.norm(x) * (1 + scale) + shift + 0.01 * x.roll(3, 1) ** 2")
    assert explain(block, "attn.to_q", TAPS, odd).causes == []


def test_a_cause_of_most_of_the_error_is_none(block):
    odd = ("(self.norm(x) * (1 + scale) + shift", "(self.norm(x) * scale + shift + 1e-4 * x.roll(3, 1) ** 2")
    explained = explain(block, "attn.to_q", TAPS, odd)
    assert explained.causes == []
    assert "add of 1 missing" in explained.answer["runner_up"]["words"]
    assert 4 < explained.answer["runner_up"]["after"]["rms"] < 0.01 * explained.answer["before"]["rms"]


def test_one_kind_of_fault_at_all_its_sites(block):
    cause = explain(block, "out", TAPS, ("eps=1e-6", "eps=1e-3")).cause("norm eps")
    assert (cause["scope"], cause["constant"]) == ("all sites", 1e-3)
    lines = {site["line"] for site in cause["sites"]}
    assert len(cause["sites"]) == 2 and lines == {block.line("self.norm2(x * 3)")}


def test_an_unusual_number_at_all_its_sites(block):
    # One norm with a larger eps looks the same as both with this one, and is shown as well.
    causes = explain(block, "out", TAPS, ("eps=1e-6", "eps=2e-3")).causes
    assert ("all sites", 2e-3, 2) in [(one["scope"], one["constant"], len(one["sites"])) for one in causes]


def test_one_of_two_sites(block):
    cause = explain(block, "out", TAPS, ("self.out(self.norm(x)", "self.out(x")).cause("norm kind")
    assert (cause["scope"], len(cause["sites"])) == ("one site", 1)


def test_a_pair_of_faults(block):
    explained = explain(block, "attn.to_q", TAPS, ("(1 + scale)", "scale"), ("eps=1e-6", "eps=1e-3"))
    words = {(said["scope"], said["words"]) for cause in explained.causes for said in (cause, *cause["also"])}
    assert ("pair", "add of 1 missing; layer_norm eps 0.001 for 1e-06") in words
    assert all(cause["scope"] == "pair" and len(cause["sites"]) >= 2 for cause in explained.causes)


def test_two_causes_that_look_the_same_are_both_shown(block):
    explained = explain(block, "attn.q", TAPS, ("return x * cos + turned * sin", "return x"))
    assert {"no rotation", "positions all zero"} <= explained.words


def test_causes_that_give_the_very_same_tensor_are_one_in_several_wordings(block):
    table = ("table = (torch.arange(x.shape[1])", "table = (torch.arange(1, x.shape[1] + 1)")
    (cause,) = explain(block, "attn.q", TAPS, table).causes
    assert cause["words"] == "positions one further" and cause["line"] == block.line("table = ")
    assert "1 + left factor" in [said["words"] for said in cause["also"]]


def test_a_port_without_the_reference_s_shape(block):
    captured, digest = prepared(block, TAPS)
    found = ported(block, captured, "attended", TAPS, ())
    explained = asked(block, captured, digest, "attended", found[:, 1:])
    assert explained.causes == []
    assert explained.answer["before"]["rms"] > 1e90


def test_a_port_whose_nan_comes_out_as_well(block):
    inside = ("frame[None, :] < (frame[:, None] // 5 + 1) * 5", "frame[None, :] > (frame[:, None] // 5 + 1) * 5")
    captured, digest = prepared(block, TAPS)
    found = ported(block, captured, "attn.seen", TAPS, (inside,))
    scores = found.masked_fill(torch.arange(13)[:, None] > 10, math.nan)
    assert asked(block, captured, digest, "attn.seen", scores).causes == []
    assert asked(block, captured, digest, "attn.seen", found).cause("comparison")["words"] == "gt for lt"


def test_nothing_of_the_session_changes(block):
    captured, digest = prepared(block, TAPS)
    wrong = ported(block, captured, "attn.to_q", TAPS, (("eps=1e-6", "eps=1e-5"),))
    before = {path: path.read_bytes() for path in captured.folder.iterdir()}
    first = asked(block, captured, digest, "attn.to_q", wrong).answer
    assert asked(block, captured, digest, "attn.to_q", wrong).answer == first
    assert {path: path.read_bytes() for path in captured.folder.iterdir()} == before
    net = block._service._opened[2]._modules._built.module
    assert not any("_workbench" in name for tensor in net.parameters() for name in tensor.__dict__)


UNSEEN = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.a = nn.Linear(8, 8)

        def forward(self, x):
            h = torch.tanh(self.a(x))
            h = tap("h", torch.from_numpy(h.numpy() * 3) + torch.randn(8))
            inside = torch.empty(8).normal_()
            inside += 1
            h = h * 2
            return tap("drawn", h + torch.randn_like(h) * inside)

    @stage("net")
    class Stage:
        def build(self, weights, config):
            return Net()

        def inputs(self, name, config):
            return {"x": torch.randn(4, 8)}

        def run(self, module, inputs):
            return {"y": module(inputs["x"]) * 2}
"""


def test_draws_are_those_of_the_recorded_run(session):
    session.write(UNSEEN)
    cause = explain(session, "h", ["a"], ("torch.randn(8)", "torch.randn(8) * 2")).cause("sum")
    assert cause["words"] == "second term twice"
    cause = explain(session, "drawn", ["h"], ("h = h * 2", "h = h * 4")).cause("scale")
    assert cause["words"] == "mul by 2 doubled"
    assert explain(session, "drawn", ["h"], ("inside += 1", "inside -= 1")).cause("offset")["constant"] == -1


def test_what_numpy_computes_is_a_value_from_outside(session):
    cause = explain(session.write(UNSEEN), "h", ["a"], ("* 3)", "* 3.5)")).cause("gain")
    assert cause["words"] == "value times 1.16667"
    assert cause["line"] == session.line("torch.from_numpy")


COUNTED = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("count", torch.ones(8))

        def forward(self, x):
            self.count += 1
            self.count[2:4] = 5
            x *= 2
            kept = nn.functional.dropout(x, 0.2, self.training)
            return tap("h", torch.tanh(x + kept * self.count * 0.1))

    @stage("net")
    class Stage:
        def build(self, weights, config):
            return Net()

        def inputs(self, name, config):
            return {"x": torch.randn(4, 8)}

        def run(self, module, inputs):
            return {"y": module(inputs["x"]) * 2}
"""


def test_what_the_model_writes_into_starts_as_it_did(session):
    session.write(COUNTED)
    assert explain(session, "h", []).answer["before"]["rms"] < 2.2
    assert explain(session, "h", [], ("= 5", "= 6")).causes == []
    assert explain(session, "h", [], ("* 0.1", "* 0.2")).cause("scale")["words"] == "mul by 0.1 doubled"
    assert explain(session, "h", [], ("0.2, self.training)", "0) * 0.8")).cause("dropout")["constant"] == 0.8
    assert explain(session, "h", [], ("x *= 2", "x *= 4")).cause("scale")["line"] == session.line("x *= 2")
    assert explain(session, "h", [], ("count += 1", "count += 2")).cause("offset")["constant"] == 2


def test_what_comes_out_otherwise_each_time_is_refused(session):
    calls = "torch.zeros(8).apply_(lambda _: next(numbers) % 7 / 7)"
    session.write("import itertools\nnumbers = itertools.count(1)\n" + COUNTED.replace("\n    ", "\n"), head=HEAD)
    session.path.write_text(session.path.read_text().replace("torch.tanh(x", f"torch.tanh(x + {calls}"))
    captured, digest = prepared(session, [])
    with pytest.raises(Failure, match=r"'h' cannot be explained: .* computed again in float64, are off by "):
        asked(session, captured, digest, "h", torch.zeros(4, 8))


def test_requests_that_cannot_be_met(block):
    captured, digest = prepared(block, TAPS)
    found = ported(block, captured, "attn.to_q", TAPS, ())
    asked(block, captured, digest, "attn.to_q", found)
    fields = {**block.fields(), "tap": "attn.to_q", "digest": digest, "port": str(block.folder / "port.safetensors")}
    assert "inject request" in block.refused("explain", **{**fields, "digest": "0123"})
    assert block.refused("explain", **{**fields, "tap": "nowhere"}) == (
        "stage net has no tap 'nowhere' of real numbers to explain"
    )
    assert "no such weights file" in block.refused("explain", **{**fields, "port": "/nowhere.safetensors"})
    assert "lacks the port's tensor under the key 'port'" in block.refused(
        "explain", **{**fields, "port": str(captured.folder / "reference.safetensors")}
    )
    assert "capture it again" in block.refused("explain", **{**fields, "seed": 8})
