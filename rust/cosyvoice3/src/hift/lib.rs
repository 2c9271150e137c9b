//! The vocoder HiFT: from a mel spectrogram to sound.
//!
//! Shapes: B batch, T mel frames, M mel bands, C channels, N = 120·T + 1 frames of the short-time spectrum,
//! F = 9 of its frequencies, L = 480·T samples, H = 9 harmonics.

pub mod causal_conv;
pub mod config;
pub mod decoder;
pub mod f0_predictor;
pub mod fourier;
pub mod istft;
pub mod level;
pub mod resblock;
pub mod sine;
pub mod snake;
pub mod source;
pub mod stages;
pub mod stft;
#[cfg(test)]
mod testing;
pub mod vocoder;
pub mod weight_norm;
