"""The language model: text and speech tokens in, scores of the next speech token out."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from cosyvoice3_reference.llm.cache import KvCache
from cosyvoice3_reference.llm.config import LmConfig
from cosyvoice3_reference.llm.qwen2 import Qwen2
from workbench.reference import tap

LEAST_TOKENS, MOST_TOKENS = 2, 20
"""Speech tokens for one of the text."""

Draw = Callable[[Tensor, list[int], bool], int]
"""A token for scores [speech vocab], the tokens before it, and whether it is too early to end."""


class SpeechLm(nn.Module):
    """`CosyVoice3LM` as it is used for inference; parameter names as in `llm.pt`, without the unused `lm_head`."""

    def __init__(self, config: LmConfig) -> None:
        super().__init__()
        self.config = config
        self.llm = nn.ModuleDict({"model": nn.ModuleDict({"model": Qwen2(config)})})
        self.llm_decoder = nn.Linear(config.hidden_size, config.speech_vocab, bias=False)
        self.speech_embedding = nn.Embedding(config.speech_vocab, config.hidden_size)

    def scores(self, text: Tensor, prompt_speech: Tensor, tokens: list[int]) -> list[Tensor]:
        """Log-probabilities [1, speech vocab] behind the prompt and behind each of the tokens; raises as `prefill`."""
        scores, cache = self.prefill(text, prompt_speech)
        return [scores, *(self.decode(token, cache) for token in tokens)]

    def generate(self, draw: Draw, prompt_text: Tensor, text: Tensor, prompt_speech: Tensor, most: int) -> list[int]:
        """Speech tokens until one of the special ones comes, at most `most`; raises as `prefill` does.

        prompt_text [1, P], text [1, L], prompt_speech [1, S]. At most 20 tokens for one of the text; before 2 of them
        `draw` is told that the end is too early.
        """
        tokens: list[int] = []
        most = min(most, MOST_TOKENS * text.shape[1])
        scores, cache = self.prefill(torch.cat((prompt_text, text), dim=1), prompt_speech)
        while len(tokens) < most:
            token = draw(scores[0], tokens, len(tokens) < LEAST_TOKENS * text.shape[1])
            if token >= self.config.speech_token_size:
                break
            tokens.append(token)
            if len(tokens) < most:
                scores = self.decode(token, cache)
        return tokens

    def prefill(self, text: Tensor, prompt_speech: Tensor) -> tuple[Tensor, KvCache]:
        """text [1, L], prompt_speech [1, S], S may be 0 → log-probabilities [1, speech vocab] and the cache.

        Raises ValueError for a text without `<|endofprompt|>`.
        """
        if not (text == self.config.end_of_prompt).any():
            raise ValueError(f"the text has no id {self.config.end_of_prompt}, <|endofprompt|>: put one into it")
        cache = KvCache()
        embedded = [self.special(self.config.start), self.backbone.embed_tokens(text), self.special(self.config.task)]
        if prompt_speech.shape[1]:
            embedded.append(self.speech_embedding(prompt_speech))
        return self.next(torch.cat(embedded, dim=1), cache), cache

    def decode(self, token: int, cache: KvCache) -> Tensor:
        """Log-probabilities [1, speech vocab] of what follows one more token."""
        return self.next(self.special(token), cache)

    def next(self, x: Tensor, cache: KvCache) -> Tensor:
        """Embeddings [1, T, D] → log-probabilities behind the last of them."""
        hidden = self.backbone(tap("lm_input", x), cache)
        scores: Tensor = self.llm_decoder(hidden[:, -1]).log_softmax(dim=-1)
        return scores

    def special(self, token: int) -> Tensor:
        """[1, 1, D]: a row of the speech embedding."""
        return self.speech_embedding.weight[token].reshape(1, 1, -1)

    @property
    def backbone(self) -> Qwen2:
        """The transformer, which `llm.pt` has under `llm.model.model`."""
        backbone = self.get_submodule("llm.model.model")
        assert isinstance(backbone, Qwen2)
        return backbone
