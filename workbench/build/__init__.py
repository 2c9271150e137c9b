"""From the Rust sources to kept builds: pixi, cargo, diagnostics, instrumented layers."""
