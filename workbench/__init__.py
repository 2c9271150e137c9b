"""A terminal workbench for porting PyTorch models to Rust."""
