"""Playback in a process of its own: `client` is the engine's side, `child` the process, `mixer` what it plays."""
