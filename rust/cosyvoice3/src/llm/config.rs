//! The sizes of the language model, and how tokens are drawn.

use serde::Deserialize;

/// Ids behind the speech tokens: start, end, task, fill, and spare ones.
const SPECIAL_TOKENS: usize = 200;

/// Sizes of the language model, as the session's JSON gives them. The real model's are in parentheses.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Text tokens (151936).
    pub vocab_size: usize,
    /// Width of the transformer, D (896).
    pub hidden_size: usize,
    /// Hidden width of the feed-forward (4864).
    pub intermediate_size: usize,
    /// Number of layers (24).
    pub num_hidden_layers: usize,
    /// Query heads, H (14).
    pub num_attention_heads: usize,
    /// Key and value heads, K (2).
    pub num_key_value_heads: usize,
    /// Longest period of the rotary positions, over 2π (10⁶).
    pub rope_theta: f32,
    /// Added to the mean square that a norm divides by (10⁻⁶).
    pub rms_norm_eps: f64,
    /// Speech tokens without the special ones (6561).
    pub speech_token_size: usize,
    /// Id of `<|endofprompt|>`, which every text has to hold (151646).
    pub end_of_prompt: u32,
}

impl Config {
    /// Channels of a head, d.
    pub fn head_dim(&self) -> usize {
        self.hidden_size / self.num_attention_heads
    }

    /// Speech tokens and special ones, V.
    pub fn speech_vocab(&self) -> usize {
        self.speech_token_size + SPECIAL_TOKENS
    }

    /// Id of the token that begins every sequence.
    pub fn start(&self) -> usize {
        self.speech_token_size
    }

    /// Id of the token between text and speech.
    pub fn task(&self) -> usize {
        self.speech_token_size + 2
    }
}

/// The language model and how its tokens are drawn.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LlmConfig {
    /// The model's sizes.
    pub model: Config,
    /// The sampler's parameters.
    pub sampling: SamplingConfig,
}

/// How tokens are drawn, as the session's JSON gives it. The real model's values are in parentheses.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SamplingConfig {
    /// Probability that the nucleus has to reach (0.8).
    pub top_p: f32,
    /// Most tokens of a nucleus (25).
    pub top_k: usize,
    /// Tokens back that a repetition is looked for (10).
    pub win_size: usize,
    /// Share of them from which on a token is repeated too often (0.1).
    pub tau_r: f64,
    /// Speech tokens without the special ones (6561).
    pub speech_token_size: usize,
}

impl SamplingConfig {
    /// Speech tokens and special ones, V.
    pub fn speech_vocab(&self) -> usize {
        self.speech_token_size + SPECIAL_TOKENS
    }
}
