"""The screens: they read a board that events feed, and send commands to an engine."""

import os

# Textual reads it on import. A painting waits for the next frame after the last one: at Textual's 60 per second a key
# that falls behind a painting takes up to 30 ms longer to be answered; more frames cost nothing while nothing changes.
os.environ.setdefault("TEXTUAL_FPS", "240")
