"""The frontend: from the prompt's wav to mels, filter banks and a speaker embedding."""
