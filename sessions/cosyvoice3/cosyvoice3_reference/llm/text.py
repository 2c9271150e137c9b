"""Text ids without a tokenizer: every byte by the token that Qwen's vocabulary has for it; and with one."""

import importlib
import os
from pathlib import Path
from typing import Any

END_OF_PROMPT = "<|endofprompt|>"


def byte_tokens(text: str, end_of_prompt: int) -> list[int]:
    """One id below 256 for each UTF-8 byte, and `end_of_prompt` for each `<|endofprompt|>`."""
    parts = [[_TOKENS[byte] for byte in part.encode()] for part in text.split(END_OF_PROMPT)]
    ids = parts[0]
    for part in parts[1:]:
        ids = [*ids, end_of_prompt, *part]
    return ids


def _tokens() -> dict[int, int]:
    """Byte → id. GPT-2's byte-level vocabulary, which Qwen's begins with, has the printable bytes first."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    order = printable + [byte for byte in range(0x100) if byte not in printable]
    return {byte: token for token, byte in enumerate(order)}


_TOKENS = _tokens()


PIECES = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", END_OF_PROMPT)
"""The first tokens behind the vocabulary, in the order of their ids."""


def tokens_of(text: str) -> list[int]:
    """Ids of Qwen2's tokenizer, whose files are in MODEL_DIR or its CosyVoice-BlankEN.

    Raises ValueError or ModuleNotFoundError, which say what to provide.
    """
    folder = os.environ.get("MODEL_DIR")
    if not folder:
        raise ValueError(f"{text!r} needs a tokenizer: set MODEL_DIR to a folder with vocab.json and merges.txt")
    files = [Path(folder, inner, "vocab.json") for inner in ("", "CosyVoice-BlankEN")]
    vocab = next((file for file in files if file.is_file()), None)
    if vocab is None:
        raise ValueError(f"{text!r} needs a tokenizer: put vocab.json and merges.txt into MODEL_DIR, {folder}")
    ids: list[int] = _tokenizer(vocab).encode(text).ids
    return ids


def _tokenizer(vocab: Path) -> Any:
    try:
        library: Any = importlib.import_module("tokenizers")
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError("text needs the package tokenizers: give it to this interpreter") from error
    merges = vocab.with_name("merges.txt")
    tokenizer = library.Tokenizer(library.models.BPE.from_file(str(vocab), str(merges)))
    tokenizer.normalizer = library.normalizers.NFC()
    split = library.pre_tokenizers.Split(library.Regex(PIECES), "isolated")
    byte_level = library.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = library.pre_tokenizers.Sequence([split, byte_level])
    tokenizer.add_special_tokens(list(SPECIAL))
    return tokenizer
