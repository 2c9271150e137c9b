"""From file events to edits: dirty, settled, and really changed."""
