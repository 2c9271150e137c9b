"""PyTorch reference of CosyVoice3's flow estimator: its layers, its inputs and its synthetic weights."""
