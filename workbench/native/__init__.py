"""The process that loads a build and runs its stages on captures."""
