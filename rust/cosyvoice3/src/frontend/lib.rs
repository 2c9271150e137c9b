//! The frontend: from the prompt's wav to mels, filter banks and a speaker embedding.
//!
//! Shapes: B batch, L samples of a wav, T frames, N samples of a frame, F frequencies, M bands.

pub mod emphasis;
pub mod fbank;
pub mod frames;
pub mod kaldi_filters;
pub mod mean;
pub mod mel24k;
pub mod mel_filters;
pub mod prompt;
pub mod resample;
pub mod sinc;
pub mod speaker;
pub mod stage;
pub mod stft;
#[cfg(test)]
mod testing;
pub mod wav;
pub mod whisper_mel;
pub mod window;
