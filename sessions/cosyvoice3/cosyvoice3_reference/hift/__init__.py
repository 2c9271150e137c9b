"""The vocoder HiFT: pitch, harmonic source, and the network that turns a mel spectrogram into sound."""
