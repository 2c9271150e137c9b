"""The whole tokenizer."""

from torch import Tensor, nn

from cosyvoice3_reference.tokenizer.config import TokenizerConfig
from cosyvoice3_reference.tokenizer.encoder import Encoder
from cosyvoice3_reference.tokenizer.quantizer import FsqCodebook


class SpeechTokenizer(nn.Module):
    """Speech tokens at 25 Hz; parameter names as in s3tokenizer's `S3TokenizerV3`."""

    def __init__(self, config: TokenizerConfig) -> None:
        super().__init__()
        self.encoder = Encoder(config)
        self.quantizer = nn.ModuleDict({"_codebook": FsqCodebook(config.n_audio_state)})

    def forward(self, mel: Tensor, length: Tensor) -> tuple[Tensor, Tensor]:
        """Mel [B, n_mels, T], lengths [B] int64 → tokens [B, ⌈T/4⌉] int32, of padding too, and their lengths [B]."""
        hidden, length = self.encoder(mel, length)
        return self.quantizer["_codebook"](hidden), length
