"""Whole-window states and the small windows over them."""
