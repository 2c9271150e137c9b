"""CAM++: the embedding of the prompt's speaker."""
