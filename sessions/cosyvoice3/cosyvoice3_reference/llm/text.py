"""Text ids without a tokenizer: every byte by the token that Qwen's vocabulary has for it."""

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
