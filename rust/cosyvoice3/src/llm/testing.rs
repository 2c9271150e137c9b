//! What the tests of the layers share; the scripts that they quote begin as those of the flow do.

use super::config::Config;
pub use fixtures::{assert_close, ramp, ramp_from, random_weights, weights};

/// The smallest model that has every part.
pub fn tiny() -> Config {
    Config {
        vocab_size: 12,
        hidden_size: 8,
        intermediate_size: 6,
        num_hidden_layers: 2,
        num_attention_heads: 4,
        num_key_value_heads: 2,
        rope_theta: 100.0,
        rms_norm_eps: 0.01,
        speech_token_size: 5,
        end_of_prompt: 11,
    }
}
