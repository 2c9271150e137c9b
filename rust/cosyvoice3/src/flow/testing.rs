//! What the tests of the layers share. The scripts that they quote begin as those of [`fixtures`].

pub use fixtures::{assert_close, no_weights, ramp, ramp_from, random_weights, weights};

use super::config::{CfmConfig, Config, EmbedConfig, FlowConfig};

/// The smallest model that has every part.
pub fn tiny() -> Config {
    Config {
        dim: 4,
        depth: 2,
        heads: 2,
        dim_head: 2,
        ff_mult: 2,
        mel_dim: 3,
        mu_dim: 2,
        spk_dim: 1,
        static_chunk_size: 4,
        conv_kernel: 3,
        conv_groups: 2,
        time_freq_dim: 6,
    }
}

/// The smallest embedding that has every part, for `tiny()`.
pub fn tiny_embed() -> EmbedConfig {
    EmbedConfig {
        vocab_size: 7,
        input_size: 2,
        output_size: 1,
        spk_embed_dim: 4,
        pre_lookahead_len: 2,
        pre_lookahead_channels: 3,
        token_mel_ratio: 2,
    }
}

/// The smallest flow that has every part.
pub fn tiny_flow() -> FlowConfig {
    FlowConfig {
        embed: tiny_embed(),
        cfm: CfmConfig {
            n_timesteps: 2,
            inference_cfg_rate: 0.7,
        },
        dit: tiny(),
    }
}
