"""The screens: they read a board that events feed, and send commands to an engine."""
