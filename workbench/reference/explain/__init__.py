"""Explains a wrong row: the reference's own operations, computed again with one of them changed (design §6.3)."""
