"""The project's own tests: what their runners say, as values."""
