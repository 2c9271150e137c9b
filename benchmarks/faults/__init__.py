"""Real bugs of ports, planted one by one in the Rust sources: what the workbench says of each, beside fixed thresholds.

`faults.toml` holds the bugs, `key.toml` the answers; nothing under `workbench/` reads either.
"""
