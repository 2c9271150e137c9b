"""The encoder: two convolutions that take 100 frames a second to 25 positions, and transformer blocks."""

from torch import Tensor, nn
from torch.nn import functional as F

from cosyvoice3_reference.tokenizer.block import EncoderBlock
from cosyvoice3_reference.tokenizer.config import TokenizerConfig
from cosyvoice3_reference.tokenizer.mask import halved, seen
from cosyvoice3_reference.tokenizer.rotary import angles


class Encoder(nn.Module):
    """Mel [B, n_mels, T] and lengths [B] → [B, ⌈T/4⌉, D] and lengths."""

    def __init__(self, config: TokenizerConfig) -> None:
        super().__init__()
        width = config.n_audio_state
        self.head_dim = config.head_dim
        self.conv1 = nn.Conv1d(config.n_mels, width, 3, stride=2, padding=1)
        self.conv2 = nn.Conv1d(width, width, 3, stride=2, padding=1)
        self.blocks = nn.ModuleList(EncoderBlock(width, config.n_audio_head) for _ in range(config.n_audio_layer))

    def forward(self, mel: Tensor, length: Tensor) -> tuple[Tensor, Tensor]:
        """Encode; frames at or beyond the length are padding."""
        x = F.gelu(self.conv1(mel * seen(length, mel.shape[2])))
        length = halved(length)
        x = F.gelu(self.conv2(x * seen(length, x.shape[2])))
        length = halved(length)
        here, turned = seen(length, x.shape[2]), angles(x.shape[2], self.head_dim)
        x = x.transpose(1, 2)
        for block in self.blocks:
            x = block(x, here, turned)
        return x, length
