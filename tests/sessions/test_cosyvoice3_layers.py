"""The quirks of CosyVoice3's DiT, each against a value worked out by hand."""

import math

import pytest
import torch
from cosyvoice3_reference.flow import feed_forward, input_embed, mask, norm, rotary, time_embed
from cosyvoice3_reference.flow.attention import Attention
from torch import Tensor, nn
from torch.nn import functional as F


def test_time_embedding_is_sines_then_cosines_of_1000_t() -> None:
    found = time_embed.SinusEmbedding(4)(torch.tensor([0.35], dtype=torch.float64))[0]
    expected = [math.sin(350), math.sin(0.035), math.cos(350), math.cos(0.035)]
    torch.testing.assert_close(found, torch.tensor(expected, dtype=torch.float64))


def test_inputs_are_concatenated_as_x_cond_mu_spks() -> None:
    embed = input_embed.InputEmbedding(input_dim=4, dim=4, kernel=3, groups=1)
    seen: list[Tensor] = []
    embed.proj.register_forward_pre_hook(lambda module, args: seen.append(args[0]))
    x, cond, mu = (torch.full((1, 2, 1), value) for value in (1.0, 2.0, 3.0))
    embed(x, cond, mu, torch.full((1, 1), 4.0))
    assert seen[0].tolist() == [[[1.0, 2.0, 3.0, 4.0]] * 2]


def test_position_convolution_is_causal_and_grouped() -> None:
    embed = input_embed.CausalConvPositionEmbedding(dim=4, kernel=3, groups=2)
    x = torch.randn(1, 9, 4, generator=torch.Generator().manual_seed(1))
    moved = x.clone()
    moved[0, 4, 0] += 1
    changed = (embed(moved) != embed(x))[0]
    assert changed.nonzero()[:, 0].unique().tolist() == [4, 5, 6, 7, 8]
    assert changed.any(dim=0).tolist() == [True, True, False, False]


def test_rotary_touches_only_the_first_dim_head_channels() -> None:
    x = torch.randn(2, 5, 128, generator=torch.Generator().manual_seed(2))
    found = rotary.apply_rotary(x, rotary.RotaryEmbedding(32).angles(5))
    assert torch.equal(found[..., 32:], x[..., 32:])
    assert (found[:, 1:, :32] != x[:, 1:, :32]).all()
    assert torch.equal(found[:, 0], x[:, 0])


def test_rotary_turns_adjacent_pairs() -> None:
    # dim_head 4: frequencies 1 and 0.01; position 2 turns the pairs (1, 0) and (0, 1) by 2 and 0.02.
    x = torch.tensor([1.0, 0.0, 0.0, 1.0, 5.0, 6.0]).repeat(1, 3, 1)
    found = rotary.apply_rotary(x, rotary.RotaryEmbedding(4).angles(3))[0, 2]
    expected = [math.cos(2), math.sin(2), -math.sin(0.02), math.cos(0.02), 5.0, 6.0]
    torch.testing.assert_close(found, torch.tensor(expected))


def test_streaming_mask_of_77_frames_has_two_chunks() -> None:
    found = mask.attention_mask(torch.ones(1, 1, 77, dtype=torch.bool), 50)
    assert found.shape == (1, 1, 77, 77)
    assert found[0, 0].sum(dim=1).tolist() == [50] * 50 + [77] * 27
    assert found[0, 0, :50, :50].all()


def test_padding_hides_columns_and_a_blind_query_sees_everything() -> None:
    padding = torch.ones(2, 1, 7, dtype=torch.bool)
    padding[0, 0, 5:] = False
    padding[1, 0, :3] = False
    assert mask.attention_mask(padding, None)[0, 0].tolist() == [[True] * 5 + [False] * 2] * 7
    chunked = mask.attention_mask(padding, 3)[1, 0]
    assert chunked[:3].all()
    assert chunked[3:6].tolist() == [[False] * 3 + [True] * 3 + [False]] * 3
    assert chunked[6].tolist() == [False] * 3 + [True] * 4


def test_attention_gives_zero_where_the_last_query_does_not_see() -> None:
    attention = Attention(dim=8, heads=2, dim_head=4).eval()
    padding = torch.ones(1, 1, 6, dtype=torch.bool)
    padding[0, 0, 4:] = False
    angles = rotary.RotaryEmbedding(4).angles(6)
    out = attention(torch.randn(1, 6, 8), mask.attention_mask(padding, None), angles)
    assert not out[0, 4:].any()
    assert out[0, :4].any(dim=-1).all()


def biased_only(linear: nn.Linear, values: list[float]) -> None:
    nn.init.zeros_(linear.weight)
    linear.bias.data = torch.tensor(values).repeat_interleave(linear.in_features)


def test_block_norm_chunks_are_shift_scale_gate_twice() -> None:
    adaptive = norm.AdaptiveNorm(4)
    biased_only(adaptive.linear, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    x = torch.randn(1, 3, 4, generator=torch.Generator().manual_seed(3))
    found, *rest = adaptive(x, torch.zeros(1, 4))
    torch.testing.assert_close(found, F.layer_norm(x, (4,), eps=1e-6) * 3 + 1)
    assert [float(vector[0, 0]) for vector in rest] == [3.0, 4.0, 5.0, 6.0]


def test_final_norm_chunks_are_scale_then_shift() -> None:
    final = norm.AdaptiveNormOut(4)
    biased_only(final.linear, [1.0, 2.0])
    x = torch.randn(1, 3, 4, generator=torch.Generator().manual_seed(4))
    torch.testing.assert_close(final(x, torch.zeros(1, 4)), F.layer_norm(x, (4,), eps=1e-6) * 2 + 2)


def test_norms_have_epsilon_1e_6_and_no_parameters() -> None:
    plain = norm.plain_norm(2)
    # Variance 1e-6 as large as epsilon: the norm shrinks by √2.
    torch.testing.assert_close(plain(torch.tensor([1e-3, -1e-3])), torch.tensor([1.0, -1.0]) / 2**0.5)
    assert not list(plain.parameters())


def test_gelu_is_the_tanh_form() -> None:
    activation = feed_forward.FeedForward(2, 2).get_submodule("ff.0.1")
    expected = 0.5 * (1 + math.tanh(math.sqrt(2 / math.pi) * 1.044715))
    assert float(activation(torch.tensor(1.0, dtype=torch.float64))) == pytest.approx(expected, abs=1e-12)
