//! The sizes of the flow.

use serde::Deserialize;

/// Sizes of the DiT estimator, as the session's JSON gives them. The real model's are in parentheses.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Width of the transformer, D (1024).
    pub dim: usize,
    /// Number of blocks (22).
    pub depth: usize,
    /// Attention heads, H (16).
    pub heads: usize,
    /// Channels of one head, d (64).
    pub dim_head: usize,
    /// Hidden width of the feed-forward in units of `dim` (2).
    pub ff_mult: usize,
    /// Mel bands, M, of the noised input, the prompt and the velocity (80).
    pub mel_dim: usize,
    /// Channels of the encoded tokens `mu` (80).
    pub mu_dim: usize,
    /// Channels of the speaker embedding (80).
    pub spk_dim: usize,
    /// Frames of one chunk when streaming (50); 0 never restricts attention to chunks.
    pub static_chunk_size: usize,
    /// Kernel of the position convolutions, in frames (31).
    pub conv_kernel: usize,
    /// Channel groups of the position convolutions (16).
    pub conv_groups: usize,
    /// Channels of the sinusoidal time embedding (256).
    pub time_freq_dim: usize,
}

impl Config {
    /// Channels of all heads together, H·d.
    pub fn inner_dim(&self) -> usize {
        self.heads * self.dim_head
    }
}

/// Sizes of what makes the estimator's conditions. The real model's are in parentheses.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmbedConfig {
    /// Speech tokens that there are (6561).
    pub vocab_size: usize,
    /// Channels of an embedded token and of `mu` (80).
    pub input_size: usize,
    /// Channels of the projected speaker (80).
    pub output_size: usize,
    /// Channels of the speaker embedding (192).
    pub spk_embed_dim: usize,
    /// Tokens that a token sees ahead (3).
    pub pre_lookahead_len: usize,
    /// Channels between the two convolutions of the look-ahead (1024).
    pub pre_lookahead_channels: usize,
    /// Mel frames of one token (2).
    pub token_mel_ratio: usize,
}

/// How the flow is solved. The real model's values are in parentheses.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CfmConfig {
    /// Euler steps (10).
    pub n_timesteps: usize,
    /// Strength of the classifier-free guidance (0.7).
    pub inference_cfg_rate: f64,
}

/// The whole flow.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlowConfig {
    /// From tokens to conditions.
    pub embed: EmbedConfig,
    /// From noise to a mel.
    pub cfm: CfmConfig,
    /// The estimator of the velocity.
    pub dit: Config,
}

#[cfg(test)]
mod tests {
    use super::Config;

    #[test]
    fn an_unknown_field_is_an_error() {
        let error = stage::parse_config::<Config>(r#"{"dim": 4, "width": 5}"#)
            .unwrap_err()
            .to_string();
        assert!(error.contains("unknown field `width`"), "{error}");
    }
}
