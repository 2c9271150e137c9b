"""The whole flow."""

from torch import Tensor

from cosyvoice3_reference.config import FlowConfig
from cosyvoice3_reference.flow.cfm import Cfm
from cosyvoice3_reference.flow.embed import Embed


class Flow(Embed):
    """From tokens to the mel of what follows the prompt; parameter names as in `flow.pt`."""

    def __init__(self, config: FlowConfig) -> None:
        super().__init__(config.embed)
        self.decoder = Cfm(config)

    def forward(
        self,
        token: Tensor,
        prompt_token: Tensor,
        prompt_feat: Tensor,
        embedding: Tensor,
        noise: Tensor,
        finalize: bool,
        streaming: bool,
    ) -> Tensor:
        """Inputs as for `conditions`, and noise [1, 80, ≥ T] → [1, 80, T − F]."""
        given = self.conditions(token, prompt_token, prompt_feat, embedding, finalize)
        feat, _ = self.decoder(noise, given, streaming)
        target: Tensor = feat[:, :, prompt_feat.shape[1] :]
        return target
