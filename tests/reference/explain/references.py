"""References with what ports get wrong: a transformer block, a vocoder, a spectrum, a recurrent net."""

BLOCK = """
    import math
    from torch.nn import functional as F

    class Attention(nn.Module):
        def __init__(self):
            super().__init__()
            self.to_q, self.to_k, self.to_v, self.to_out = (nn.Linear(32, 32) for _ in range(4))

        def forward(self, x, mask, cos, sin):
            q, k, v = self.split(self.to_q(x)), self.split(self.to_k(x)), self.split(self.to_v(x))
            q, k = tap("q", rotated(q, cos, sin)), tap("k", rotated(k, cos, sin))
            out = tap("seen", F.scaled_dot_product_attention(q, k, v, attn_mask=mask))
            return self.to_out(out.transpose(1, 2).reshape(x.shape))

        def split(self, x):
            return x.view(x.shape[0], x.shape[1], 4, 8).transpose(1, 2)

    def rotated(x, cos, sin):
        a, b = x[..., 0::2], x[..., 1::2]
        turned = torch.stack((-b, a), dim=-1).flatten(-2)
        return x * cos + turned * sin

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.time = nn.Linear(16, 32)
            self.modulation = nn.Linear(32, 192)
            self.norm = nn.LayerNorm(32, elementwise_affine=False, eps=1e-6)
            self.norm2 = nn.LayerNorm(32, elementwise_affine=False, eps=1e-6)
            self.attn = Attention()
            self.up, self.down = nn.Linear(32, 64), nn.Linear(64, 32)
            self.act = nn.GELU(approximate="tanh")
            self.out = nn.Linear(32, 16)

        def forward(self, x, t):
            steps = torch.arange(8).float()
            freqs = torch.exp(steps * -(math.log(10000.0) / 7))
            angles = 1000 * t[:, None] * freqs
            time = self.time(torch.cat((angles.sin(), angles.cos()), dim=-1))
            shift, scale, gate, shift2, scale2, gate2 = self.modulation(F.silu(time))[:, None].chunk(6, dim=-1)
            inverse = 10000.0 ** -(torch.arange(0, 8, 2).float() / 8)
            table = (torch.arange(x.shape[1]).float()[:, None] * inverse).repeat_interleave(2, dim=-1)
            frame = torch.arange(x.shape[1])
            mask = frame[None, :] < (frame[:, None] // 5 + 1) * 5
            seen = self.attn(self.norm(x) * (1 + scale) + shift, mask, table.cos(), table.sin())
            x = tap("attended", x + gate * seen)
            x = tap("fed", x + gate2 * self.down(self.act(self.up(self.norm2(x) * (1 + scale2) + shift2))))
            return self.out(self.norm(x) + self.norm2(x * 3))

    @stage("net")
    class Stage:
        def build(self, weights, config):
            return Net()

        def inputs(self, name, config):
            return {"x": torch.randn(2, 13, 32), "t": torch.tensor([0.3, 0.7])}

        def run(self, module, inputs):
            return {"y": module(inputs["x"], inputs["t"])}
"""
BLOCK_TAPS = [
    "time", "modulation", "attn.to_q", "attn.to_k", "attn.to_v", "attn.q", "attn.k", "attn.seen", "attn.to_out",
    "attended", "up", "down", "fed",
]  # fmt: skip

VOCODER = """
    from torch.nn import functional as F
    from torch.nn.utils.parametrizations import weight_norm

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.pre = weight_norm(nn.Conv1d(8, 12, 5))
            self.up = nn.ConvTranspose1d(12, 6, 8, 4, padding=2)
            self.wide = nn.Conv1d(6, 6, 3, dilation=3)
            self.same = nn.Conv1d(6, 6, 3, padding=1)
            self.alpha = nn.Parameter(torch.rand(6) * 0.2 + 0.8)
            self.post = nn.Conv1d(6, 6, 1)

        def forward(self, x):
            x = self.pre(F.pad(x, (4, 0)))
            x = self.up(F.leaky_relu(x, 0.1))
            y = self.wide(F.pad(F.elu(x), (6, 0)))
            alpha = self.alpha[:, None]
            z = self.same(y + torch.sin(alpha * y) ** 2 / (alpha + 1e-9))
            z = F.interpolate(z, scale_factor=2, mode="nearest")
            mag, phase = self.post(tap("fine", z + F.interpolate(y, scale_factor=2.0, mode="linear"))).chunk(2, dim=1)
            return torch.exp(mag).clamp(max=1.5) * torch.cos(torch.sin(phase))

    @stage("net")
    class Stage:
        def build(self, weights, config):
            return Net()

        def inputs(self, name, config):
            return {"x": torch.randn(2, 8, 20)}

        def run(self, module, inputs):
            return {"y": module(inputs["x"])}
"""
VOCODER_TAPS = ["pre", "up", "wide", "same", "fine", "post"]

SPECTRUM = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.project = nn.Linear(17, 8, bias=False)

        def forward(self, x):
            spectrum = torch.stft(x, 32, 8, window=torch.hann_window(32), center=True, return_complex=True)
            power = tap("magnitude", torch.sqrt(spectrum.real ** 2 + spectrum.imag ** 2 + 1e-2))
            mel = torch.clamp(self.project(power.transpose(1, 2)), min=1e-5)
            logs = tap("logs", torch.log10(mel))
            logs = torch.maximum(logs, logs.max() - 1.0)
            scaled = tap("scaled", (logs + 4.0) / 4.0)
            return torch.cat((scaled.mean(dim=1), scaled.std(dim=1)), dim=-1)

    @stage("net")
    class Stage:
        def build(self, weights, config):
            net = Net()
            net.project.weight.data.abs_().mul_(0.01)
            net.project.weight.data[3] = 0
            return net

        def inputs(self, name, config):
            return {"x": torch.randn(2, 200)}

        def run(self, module, inputs):
            return {"y": module(inputs["x"])}
"""
SPECTRUM_TAPS = ["magnitude", "project", "logs", "scaled"]

GATED = """
    from torch.nn import functional as F

    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.gate, self.up, self.down = nn.Linear(8, 24), nn.Linear(8, 24), nn.Linear(24, 8)

        def forward(self, x):
            return self.down(F.silu(self.gate(x)) * self.up(x))

    @stage("net")
    class Stage:
        def build(self, weights, config):
            return Net()

        def inputs(self, name, config):
            return {"x": torch.randn(2, 9, 8)}

        def run(self, module, inputs):
            return {"y": module(inputs["x"])}
"""

TURNED = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.q = nn.Linear(8, 8)

        def forward(self, x):
            q = self.q(x)
            inverse = 10000.0 ** -(torch.arange(0, 8, 2).float() / 8)
            table = (torch.arange(x.shape[1]).float()[:, None] * inverse).repeat(1, 2)
            a, b = q.chunk(2, dim=-1)
            return q * table.cos() + torch.cat((-b, a), dim=-1) * table.sin()

    @stage("net")
    class Stage:
        def build(self, weights, config):
            return Net()

        def inputs(self, name, config):
            return {"x": torch.randn(2, 9, 8)}

        def run(self, module, inputs):
            return {"y": module(inputs["x"])}
"""

SOUND = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.post = nn.Conv1d(6, 18, 1)

        def forward(self, x):
            magnitude, phase = self.post(x).chunk(2, dim=1)
            spectrum = torch.polar(magnitude.exp(), phase)
            return torch.istft(spectrum, 16, 4, 16, window=torch.hann_window(16))

    @stage("net")
    class Stage:
        def build(self, weights, config):
            return Net()

        def inputs(self, name, config):
            return {"x": torch.randn(2, 6, 20)}

        def run(self, module, inputs):
            return {"y": module(inputs["x"])}
"""

ENCODER = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.first = nn.Linear(16, 16)
            self.layer = nn.TransformerEncoderLayer(16, 4, 32, batch_first=True, norm_first=True, activation="gelu")

        def forward(self, x):
            return self.layer(self.first(x))

    @stage("net")
    class Stage:
        def build(self, weights, config):
            return Net()

        def inputs(self, name, config):
            return {"x": torch.randn(2, 9, 16)}

        def run(self, module, inputs):
            return {"y": module(inputs["x"])}
"""

RECURRENT = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.embed = nn.Embedding(11, 8)
            self.lstm = nn.LSTM(8, 8, batch_first=True)
            self.out = nn.Linear(8, 8)

        def forward(self, ids):
            x = self.embed(ids)
            x[:, 0] = 0.5 * x[:, 0]
            x += 0.25
            hidden, _ = self.lstm(x)
            h = self.out(hidden)
            return torch.relu_(h) * 2.0

    @stage("net")
    class Stage:
        def build(self, weights, config):
            return Net()

        def inputs(self, name, config):
            return {"ids": torch.randint(0, 11, (2, 7))}

        def run(self, module, inputs):
            return {"y": module(inputs["ids"])}
"""
