"""The DiT estimator of the flow, one layer per file."""
