"""The pitch that a mel spectrogram implies."""

from torch import Tensor, nn
from torch.nn.utils.parametrizations import weight_norm

from cosyvoice3_reference.hift.causal_conv import LeftConv, RightConv
from cosyvoice3_reference.hift.config import HiftConfig

LAYERS = 5
KERNEL_AHEAD, KERNEL = 4, 3


class F0Predictor(nn.Module):
    """Mel → fundamental frequency in Hz, not below zero. Only the first convolution looks ahead, by three frames."""

    def __init__(self, config: HiftConfig) -> None:
        super().__init__()
        width = config.f0_cond_channels
        layers: list[nn.Module] = [weight_norm(RightConv(config.in_channels, width, KERNEL_AHEAD)), nn.ELU()]
        for _ in range(LAYERS - 1):
            layers += [weight_norm(LeftConv(width, width, KERNEL)), nn.ELU()]
        self.condnet = nn.Sequential(*layers)
        self.classifier = nn.Linear(width, 1)

    def forward(self, mel: Tensor, finalize: bool) -> Tensor:
        """mel [B, 80, T] → [B, T]; without `finalize` the last three frames are only looked at: [B, T − 3]."""
        ahead, *rest = self.condnet
        x = ahead(mel) if finalize else ahead(*ahead.split(mel))
        for layer in rest:
            x = layer(x)
        f0: Tensor = self.classifier(x.transpose(1, 2)).squeeze(-1).abs()
        return f0
