"""Why a tensor differs: hypotheses that are tried on the numbers alone."""
