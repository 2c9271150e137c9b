"""Faults that porters make: the search names the family, the constant and the line, and proves it."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from tests.reference.explain import references
from tests.reference.explain.port import Edit, explain


class Fault(NamedTuple):
    """What an edited copy of the reference does, and what the search is to say of it."""

    edits: tuple[Edit, ...]
    target: str
    family: str
    words: str
    """A part of the words."""
    line: str
    """A part of the line that is named."""
    constant: float | None = None


def fault(
    old: str, new: str, target: str, family: str, words: str, line: str, constant: float | None = None, *more: Edit
) -> Fault:
    return Fault(((old, new), *more), target, family, words, line, constant)


ROTATED = "return x * cos + turned * sin"
TURNED = ("torch.stack((-b, a), dim=-1).flatten(-2)", "torch.cat((-b, a), dim=-1)")
TABLE = ("inverse).repeat_interleave(2, dim=-1)", "inverse).repeat(1, 2)")
ATTENDED = "F.scaled_dot_product_attention(q, k, v, attn_mask=mask)"
SCORES = "(q @ k.transpose(-1, -2) / 8 ** 0.5)"
INIT = "self.out = nn.Linear(32, 16)"
BLOCK = {
    "eps": fault("eps=1e-6", "eps=1e-5", "attn.to_q", "norm eps", "1e-05 for 1e-06", "self.norm(x)", 1e-5),
    "an unusual eps": fault("eps=1e-6", "eps=3e-4", "attn.to_q", "norm eps", "0.0003 for", "self.norm(x)", 3e-4),
    "rms norm": fault(
        "(self.norm(x) *", "(x * torch.rsqrt((x * x).mean(-1, keepdim=True) + 1e-6) *", "attn.to_q",
        "norm kind", "rms_norm for layer_norm", "self.norm(x)",
    ),
    "no norm": fault("(self.norm(x) *", "(x *", "attn.to_q", "norm kind", "no layer_norm", "self.norm(x)"),
    "gelu": fault('"tanh"', '"none"', "down", "activation", "gelu erf for gelu tanh", "self.act("),
    "silu": fault("F.silu(time)", "F.relu(time)", "modulation", "activation", "relu for silu", "F.silu"),
    "1 + scale": fault("(1 + scale)", "scale", "attn.to_q", "offset", "add of 1 missing", "(1 + scale)", 0),
    "residual": fault("x + gate * seen", "gate * seen", "attended", "sum", "without its first term", "x + gate"),
    "gate": fault("x + gate * seen", "x + seen", "attended", "product", "without its left factor", "x + gate"),
    "chunk order": fault("shift, scale,", "scale, shift,", "attn.to_q", "chunk order", "1 0 2 3 4 5", "chunk"),
    "interleaved chunks": fault(
        "chunk(6, dim=-1)", "unflatten(-1, (32, 6)).unbind(-1)", "attn.to_q", "chunk order", "interleaved", "chunk"
    ),
    "time scale": fault("1000 * t", "t", "time", "scale", "mul by 1000 missing", "1000 * t", 1),
    "cosine first": fault(
        "angles.sin(), angles.cos()", "angles.cos(), angles.sin()", "time", "cat order", "1 0", "cat"
    ),
    "no sine": fault(
        "(angles.sin(), angles", "(torch.zeros_like(angles), angles", "time", "cat part", "zeros for its part 0", "cat"
    ),
    "half": fault("10000.0) / 7)", "10000.0) / 8)", "time", "frequency", "half for half − 1", "math.log"),
    "halves for pairs": fault(
        "x[..., 0::2], x[..., 1::2]", "x.chunk(2, -1)", "attn.q", "rotary layout", "halves for pairs", "0::2", None,
        TURNED, TABLE,
    ),
    "halves, table of pairs": fault(
        "x[..., 0::2], x[..., 1::2]", "x.chunk(2, -1)", "attn.q", "rotary layout", "table of frequencies as it is",
        "0::2", None, TURNED,
    ),
    "sign of sine": fault("x * cos + turned", "x * cos - turned", "attn.q", "sum", "minus for plus", "x * cos"),
    "no rotation": fault(ROTATED, "return x", "attn.q", "rotation", "no rotation", "x * cos"),
    "first head only": fault(
        ROTATED, "return torch.cat(((x * cos + turned * sin)[:, :1], x[:, 1:]), 1)", "attn.q",
        "rotation", "first head", "x * cos",
    ),
    "theta": fault("inverse = 10000.0", "inverse = 500000.0", "attn.q", "theta", "500000 for", "inverse =", 5e5),
    "an unusual theta": fault("inverse = 10000.0", "inverse = 7300.0", "attn.q", "theta", "7300 for", "inverse", 7300),
    "positions from one": fault(
        "table = (torch.arange(x.shape[1])", "table = (torch.arange(1, x.shape[1] + 1)", "attn.q",
        "position", "one further", "table =", 1,
    ),
    "heads split": fault(
        "4, 8).transpose(1, 2)", "8, 4).permute(0, 3, 1, 2)", "attn.q", "reshape", "(width, head)", "view("
    ),
    "heads not merged": fault(
        "out.transpose(1, 2).reshape", "out.reshape", "attn.to_out", "axes", "reshaped where", "self.to_out(out"
    ),
    "attention scale": fault(
        "attn_mask=mask)", "attn_mask=mask, scale=1.0)", "attn.seen", "attention scale", "missing", "scaled_dot", 1
    ),
    "softmax over queries": fault(
        ATTENDED, f"{SCORES}.masked_fill(~mask, -1e30).softmax(-2) @ v", "attn.seen", "softmax", "over axis -2",
        "tap(\"seen\"",
    ),
    "no softmax": fault(ATTENDED, f"{SCORES} @ v", "attn.seen", "softmax", "no softmax", "tap(\"seen\""),
    "mask after softmax": fault(
        ATTENDED, f"({SCORES}.softmax(-1) * mask) @ v", "attn.seen", "softmax", "before the mask", "tap(\"seen\""
    ),
    "no mask": fault("attn_mask=mask)", "attn_mask=None)", "attn.seen", "mask", "no mask", "scaled_dot"),
    "causal mask": fault(
        "attn_mask=mask)", "attn_mask=mask & torch.ones(13, 13).bool().tril())", "attn.seen", "mask",
        "causal mask beside the mask", "scaled_dot",
    ),
    "mask inverted": fault(
        ATTENDED, f"{SCORES}.masked_fill(mask, -torch.inf).softmax(-1) @ v", "attn.seen", "mask",
        "mask inverted, NaN", 'tap("seen"',
    ),
    "activation in bf16": fault(
        "self.act(self.up(self.norm2(x) * (1 + scale2) + shift2))",
        "self.act(self.up(self.norm2(x) * (1 + scale2) + shift2)).bfloat16().float()", "down",
        "rounding", "result rounded to bf16", "self.act(",
    ),
    "chunk of the mask": fault("// 5 + 1) * 5", "// 5 + 1) * 5 + 1", "attn.seen", "comparison", "le for lt", "mask ="),
    "size of the chunks": fault("// 5 + 1) * 5", "// 6 + 1) * 6", "attn.seen", "whole number", "6 for 5", "mask =", 6),
    "bias": fault(INIT, f"{INIT}; self.down.bias.data.zero_()", "down", "bias", "without its bias", "self.down("),
    "weight transposed": fault(
        INIT, f"{INIT}; self.attn.to_q.weight.data = self.attn.to_q.weight.data.T.clone()", "attn.to_q",
        "weight layout", "transposed", "self.to_q(x)",
    ),
    "weight in bf16": fault(
        INIT, f"{INIT}; self.up.weight.data = self.up.weight.data.bfloat16().float()", "up",
        "rounding", "weight rounded to bf16", "self.up(",
    ),
}  # fmt: skip
CROPPED = """\
class Cropped(nn.ConvTranspose1d):
    def forward(self, x):
        return super().forward(x)[..., 1:-3]

"""
VOCODER = {
    "padding side": fault("(4, 0)", "(2, 2)", "pre", "padding", "on both sides", "(4, 0)"),
    "slope": fault("leaky_relu(x, 0.1)", "leaky_relu(x, 0.2)", "up", "slope", "0.2 for 0.1", "leaky_relu", 0.2),
    "weight norm": fault(
        "self.wide =", "g, v = self.pre.parametrizations.weight.parameters()\n"
        "        g.data *= v.data.norm(dim=(1, 2), keepdim=True) / v.data.norm()\n"
        "        self.wide =",
        "pre", "weight norm", "over everything", "self.pre(",
    ),
    "transposed crop": fault(
        "nn.ConvTranspose1d(12, 6, 8, 4, padding=2)", "Cropped(12, 6, 8, 4)", "up",
        "transposed convolution", "1 frames cropped", "self.up(", 1, ("class Net", f"{CROPPED}class Net"),
    ),
    "dilation": fault(
        "dilation=3)", "dilation=1)", "wide", "convolution shape", "dilation 1 for 3", "self.wide(", 1,
        ("(6, 0)", "(2, 0)"),
    ),
    "snake": fault("= self.alpha[", "= self.alpha.exp()[", "same", "parameter", "its exponential", "self.alpha"),
    "square": fault("alpha * y) ** 2", "alpha * y)", "same", "power", "power of 1 for 2", "torch.sin", 1),
    "causal": fault(
        "6, 6, 3, padding=1)", "6, 6, 3)", "same", "convolution padding", "on the left only", "self.same(", None,
        ("self.same(y", "self.same(F.pad(y"), ("(alpha + 1e-9))", "(alpha + 1e-9), (2, 0)))"),
    ),
    "align corners": fault(
        'mode="linear")', 'mode="linear", align_corners=True)', "fine", "interpolation", "align_corners=True", "fine"
    ),
    "exp": fault("torch.exp(mag)", "mag", "y", "logarithm", "no exp", "torch.exp"),
    "no clamp": fault(".clamp(max=1.5)", "", "y", "clamp", "no clamp", "clamp"),
    "a limit": fault("max=1.5", "max=1.3", "y", "clamp", "up to 1.3 for 1.5", "clamp", 1.3),
    "parts": fault("mag, phase =", "phase, mag =", "y", "chunk order", "1 0", "chunk"),
}  # fmt: skip
SPECTRUM = {
    "window": fault("hann_window(32)", "hann_window(32, periodic=False)", "magnitude", "window", "hann sym", "stft"),
    "pad mode": fault("center=True", 'center=True, pad_mode="constant"', "magnitude", "spectrum", "constant", "stft"),
    "power": fault("torch.sqrt(spec", "(spec", "magnitude", "power", "no sqrt", "torch.sqrt"),
    "eps outside": fault(
        "torch.sqrt(spectrum.real ** 2 + spectrum.imag ** 2 + 1e-2)",
        "torch.sqrt(spectrum.real ** 2 + spectrum.imag ** 2) + 1e-2", "magnitude",
        "eps outside the root", "sqrt(x) + eps", "torch.sqrt",
    ),
    "log base": fault("log10(mel)", "log(mel)", "logs", "logarithm", "log for log10", "log10"),
    "floor": fault("min=1e-5", "min=1e-10", "logs", "clamp", "1e-10 for 1e-05", "clamp", 1e-10),
    "limit": fault("- 1.0", "- 0.7", "scaled", "offset", "0.7 for 1", "- 1.0", 0.7),
    "mean": fault("scaled.mean(dim=1)", "scaled.sum(dim=1)", "y", "reduction", "sum for mean", "mean"),
    "variance": fault("std(dim=1)", "std(dim=1, correction=0)", "y", "variance", "biased std", "std"),
}  # fmt: skip
UNSCALED = """\
from unittest import mock
attend = nn.functional.scaled_dot_product_attention
unscaled = mock.Mock(side_effect=lambda *args: attend(*args, scale=1.0))
patched = lambda: mock.patch("torch.nn.functional.scaled_dot_product_attention", unscaled)
slow = lambda: mock.patch("torch.backends.mha.get_fastpath_enabled", lambda: False)

class Net"""
ENCODER = {
    "post norm": fault(
        "norm_first=True", "norm_first=False", "layer.self_attn.0", "norm kind", "no layer_norm", "self.layer("
    ),
    "inside an attention": fault(
        "return self.layer(", "with patched(), slow():\n            return self.layer(",
        "layer.self_attn.0", "attention scale", "missing", "self.layer(", 1, ("class Net", UNSCALED),
    ),
    "relu": fault('"gelu"', '"relu"', "layer.linear2", "activation", "relu for gelu", "self.layer("),
}  # fmt: skip
RECURRENT = {
    "gates": fault(
        "self.out = nn",
        "for p in self.lstm.parameters(): p.data = torch.cat([p.data.chunk(4)[i] for i in (0, 1, 3, 2)])\n"
        "        self.out = nn",
        "lstm.0", "gates", "ifog for ifgo", "self.lstm(",
    ),
    "index": fault("self.embed(ids)", "self.embed((ids + 1).clamp(max=10))", "embed", "embedding", "+1", "embed(", 1),
    "written in place": fault("x[:, 0] = 0.5 * x[:, 0]", "x[:, 0] = x[:, 0]", "lstm.0", "scale", "missing", "0.5 *", 1),
    "added in place": fault("x += 0.25", "x -= 0.25", "lstm.0", "offset", "-0.25 for 0.25", "x += ", -0.25),
    "relu in place": fault("torch.relu_(h)", "torch.sigmoid(h)", "y", "activation", "sigmoid for relu", "relu_"),
}  # fmt: skip


GATED = {
    "up for gate": fault(
        "F.silu(self.gate(x)) * self.up(x)", "self.gate(x) * F.silu(self.up(x))", "down",
        "other factor", "silu of the other factor", "F.silu",
    ),
}  # fmt: skip
TURNED_HALVES = {
    "pairs for halves": fault(
        "q.chunk(2, dim=-1)", "(q[..., 0::2], q[..., 1::2])", "y", "rotary layout", "pairs for halves", "repeat(1, 2)",
        None, ("torch.cat((-b, a), dim=-1)", "torch.stack((-b, a), dim=-1).flatten(-2)"),
        (".repeat(1, 2)", ".repeat_interleave(2, dim=-1)"),
    ),
}  # fmt: skip
SUMMED = """\
def summed(spectrum, windowed, power):
    window, length = torch.hann_window(16), 16 + 4 * (spectrum.shape[2] - 1)
    sound, weight = torch.zeros(len(spectrum), length), torch.zeros(length)
    for at, frame in enumerate(torch.fft.irfft(spectrum, 16, dim=1).unbind(2)):
        sound[:, 4 * at : 4 * at + 16] += frame * window if windowed else frame
        weight[4 * at : 4 * at + 16] += window ** power
    return (sound / weight)[:, 8:-8]

"""
ISTFT = "torch.istft(spectrum, 16, 4, 16, window=torch.hann_window(16))"
SOUND = {
    "frames not windowed": fault(
        ISTFT, "summed(spectrum, False, 2)", "y", "overlap", "frames not windowed", "istft", None,
        ("class Net", f"{SUMMED}class Net"),
    ),
    "windows for squares": fault(
        ISTFT, "summed(spectrum, True, 1)", "y", "overlap", "sum of the windows", "istft", None,
        ("class Net", f"{SUMMED}class Net"),
    ),
}  # fmt: skip


def check(session, one: Fault, taps: list[str]) -> None:
    explained = explain(session, one.target, taps, *one.edits)
    cause = explained.cause(one.family, one.words)
    lines = session.path.read_text().splitlines()
    assert cause["file"] == str(session.path)
    assert any(one.line in lines[site["line"] - 1] for site in cause["sites"]), lines[cause["line"] - 1]
    if one.constant is not None:
        assert cause["constant"] == pytest.approx(one.constant, rel=1e-3)
    assert cause["before"]["rms"] > 4 or cause["before"]["max"] > 8
    assert cause["after"]["rms"] <= 4 and cause["after"]["max"] <= 8
    assert len(explained.streamed) == len(explained.causes)
    assert {event["words"] for event in explained.streamed} <= explained.words


@pytest.mark.parametrize("one", BLOCK.values(), ids=BLOCK)
def test_a_transformer_block(session, one):
    check(session.write(references.BLOCK), one, references.BLOCK_TAPS)


@pytest.mark.parametrize("one", VOCODER.values(), ids=VOCODER)
def test_a_vocoder(session, one):
    check(session.write(references.VOCODER), one, references.VOCODER_TAPS)


@pytest.mark.parametrize("one", SPECTRUM.values(), ids=SPECTRUM)
def test_a_spectrum(session, one):
    check(session.write(references.SPECTRUM), one, references.SPECTRUM_TAPS)


@pytest.mark.parametrize("one", ENCODER.values(), ids=ENCODER)
def test_torch_s_own_layers(session, one):
    check(session.write(references.ENCODER), one, ["first", "layer.self_attn.0", "layer.linear1"])


@pytest.mark.parametrize("one", GATED.values(), ids=GATED)
def test_a_gated_feed_forward(session, one):
    check(session.write(references.GATED), one, ["gate", "up"])


@pytest.mark.parametrize("one", TURNED_HALVES.values(), ids=TURNED_HALVES)
def test_a_rotation_of_halves(session, one):
    check(session.write(references.TURNED), one, ["q"])


@pytest.mark.parametrize("one", SOUND.values(), ids=SOUND)
def test_a_sound_from_its_spectrum(session, one):
    check(session.write(references.SOUND), one, ["post"])


@pytest.mark.parametrize("one", RECURRENT.values(), ids=RECURRENT)
def test_a_recurrent_net(session, one):
    check(session.write(references.RECURRENT), one, ["embed", "out"])
