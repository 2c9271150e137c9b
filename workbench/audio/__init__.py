"""Sound: what is played, compared by ear and served to a browser. Knows no screen, no engine and no torch."""
