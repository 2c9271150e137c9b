//! The sizes of the tokenizer.

use serde::Deserialize;

/// Sizes of the tokenizer, as the session's JSON gives them. The real model's are in parentheses.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Mel bands, M (128).
    pub n_mels: usize,
    /// Width of the transformer, D (1280).
    pub n_audio_state: usize,
    /// Attention heads, H (20).
    pub n_audio_head: usize,
    /// Number of blocks (12).
    pub n_audio_layer: usize,
}

impl Config {
    /// Channels of a head, d.
    pub fn head_dim(&self) -> usize {
        self.n_audio_state / self.n_audio_head
    }
}
