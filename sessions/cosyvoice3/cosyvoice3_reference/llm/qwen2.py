"""The Qwen2 backbone."""

from torch import Tensor, nn

from cosyvoice3_reference.llm.cache import KvCache
from cosyvoice3_reference.llm.config import LmConfig
from cosyvoice3_reference.llm.layer import DecoderLayer
from cosyvoice3_reference.llm.rms_norm import RmsNorm
from cosyvoice3_reference.llm.rotary import angles


class Qwen2(nn.Module):
    """[1, T, D] → [1, T, D] from embeddings to normed hidden states; `embed_tokens` is called from outside."""

    def __init__(self, config: LmConfig) -> None:
        super().__init__()
        self.config = config
        self.embed_tokens = nn.Embedding(config.vocab_size, config.hidden_size)
        self.layers = nn.ModuleList(DecoderLayer(config, layer) for layer in range(config.num_hidden_layers))
        self.norm = RmsNorm(config.hidden_size, config.rms_norm_eps)

    def forward(self, x: Tensor, cache: KvCache) -> Tensor:
        """Go on behind what the cache holds."""
        turned = angles(cache.length, x.shape[1], self.config.head_dim, self.config.rope_theta)
        for layer in self.layers:
            x = layer(x, turned, cache)
        hidden: Tensor = self.norm(x)
        return hidden
