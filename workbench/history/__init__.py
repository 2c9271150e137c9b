"""Every check, per build, in SQLite."""
