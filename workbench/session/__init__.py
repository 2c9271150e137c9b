"""Reads session.toml, checks it, draws the stage graph."""
