"""Repetition-aware sampling (`cosyvoice/utils/common.py`), with the noise of its draws as an input."""

import torch
from torch import Tensor, nn

from cosyvoice3_reference.llm.config import SamplingConfig
from workbench.reference import tap


class RasSampler(nn.Module):
    """Nucleus sampling that draws again, from everything but its choice, where the choice was used lately.

    `torch.multinomial` of one draw is argmax(p/e) with e from an exponential distribution; e is what is given here.
    """

    def __init__(self, config: SamplingConfig) -> None:
        super().__init__()
        self.config = config

    def sample(self, scores: Tensor, decoded: list[int], min_len: int, nucleus: Tensor, redraw: Tensor) -> list[int]:
        """scores [N, vocab], nucleus [N, top_k] and redraw [N, vocab] exponential noise → N tokens.

        `decoded` are the tokens before them. Before `min_len` tokens the id `speech_token_size` is impossible: meant is
        the end, but that is the id behind it.
        """
        tokens: list[int] = []
        for step, row in enumerate(scores):
            tokens.append(self.draw(row, decoded + tokens, step < min_len, nucleus[step], redraw[step]))
        return tokens

    def draw(self, scores: Tensor, decoded: list[int], early: bool, nucleus: Tensor, redraw: Tensor) -> int:
        """One token for scores [vocab]; noise [top_k] and [vocab]."""
        allowed = scores.clone()
        if early:
            allowed[self.config.speech_token_size] = -torch.inf
        return self.choose(allowed, decoded, nucleus, redraw)

    def choose(self, scores: Tensor, decoded: list[int], nucleus: Tensor, redraw: Tensor) -> int:
        """One token for scores [vocab], which may be changed."""
        token = self.nucleus(scores, nucleus)
        if decoded[-self.config.win_size :].count(token) >= self.config.win_size * self.config.tau_r:
            scores[token] = -torch.inf
            token = int((tap("redraw", scores.softmax(dim=0) / redraw)).argmax())
        return token

    def nucleus(self, scores: Tensor, noise: Tensor) -> int:
        """Draw from the most probable tokens: as few as reach top_p together, at most top_k."""
        probabilities, ids = tap("probabilities", scores.softmax(dim=0)).sort(descending=True, stable=True)
        size = self.nucleus_size(probabilities)
        return int(ids[tap("nucleus", probabilities[:size] / noise[:size]).argmax()])

    def nucleus_size(self, probabilities: Tensor) -> int:
        """How many of the sorted probabilities take part; summed one by one in their dtype."""
        size, total = 0, torch.zeros_like(probabilities[0])
        while size < min(self.config.top_k, len(probabilities)) and total < self.config.top_p:
            total = total + probabilities[size]
            size += 1
        return size
