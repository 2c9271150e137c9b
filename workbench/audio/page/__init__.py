"""The pair in a browser, for terminals that are far from the ears: `server` hands it out, the rest runs there."""
