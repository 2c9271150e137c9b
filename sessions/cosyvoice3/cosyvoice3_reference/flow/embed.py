"""From tokens, a prompt and a speaker to what the estimator is conditioned on."""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from cosyvoice3_reference.config import EmbedConfig
from cosyvoice3_reference.flow.look_ahead import LookAhead
from workbench.reference import tap


class Conditions(NamedTuple):
    """Embedded tokens [1, 80, T], the speaker [1, 80], the prompt's mel with zeros behind it [1, 80, T]."""

    mu: Tensor
    spks: Tensor
    cond: Tensor


class Embed(nn.Module):
    """Embeds tokens at the rate of the mel, the speaker and the prompt; parameter names as in `flow.pt`."""

    def __init__(self, config: EmbedConfig) -> None:
        super().__init__()
        self.ratio = config.token_mel_ratio
        self.input_embedding = nn.Embedding(config.vocab_size, config.input_size)
        self.spk_embed_affine_layer = nn.Linear(config.spk_embed_dim, config.output_size)
        self.pre_lookahead_layer = LookAhead(config)

    def conditions(
        self, token: Tensor, prompt_token: Tensor, prompt_feat: Tensor, embedding: Tensor, finalize: bool
    ) -> Conditions:
        """token [1, N], prompt_token [1, P], prompt_feat [1, F, 80], embedding [1, 192] → T = 2·(P + N) frames.

        Without `finalize` more tokens will follow: the last three are only looked ahead at.
        """
        unit = tap("speaker_unit", F.normalize(embedding, dim=1))
        spks = self.spk_embed_affine_layer(unit)
        tokens = self.input_embedding(torch.cat((prompt_token, token), dim=1).clamp(min=0))
        mu = self._look(tokens, finalize).repeat_interleave(self.ratio, dim=1)
        cond = F.pad(prompt_feat, (0, 0, 0, mu.shape[1] - prompt_feat.shape[1]))
        return Conditions(mu.transpose(1, 2).contiguous(), spks, cond.transpose(1, 2).contiguous())

    def _look(self, tokens: Tensor, finalize: bool) -> Tensor:
        ahead = self.pre_lookahead_layer.ahead
        seen: Tensor = (
            self.pre_lookahead_layer(tokens)
            if finalize
            else self.pre_lookahead_layer(tokens[:, :-ahead], tokens[:, -ahead:])
        )
        return seen
