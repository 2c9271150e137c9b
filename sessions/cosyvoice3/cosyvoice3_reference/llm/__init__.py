"""The language model that turns text into speech tokens, one layer per file."""
