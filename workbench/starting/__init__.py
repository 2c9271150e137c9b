"""A first session: what a folder holds, and the files that make it one. Imports the model only."""
