"""The supervised speech tokenizer (S3, version 3), one layer per file."""
