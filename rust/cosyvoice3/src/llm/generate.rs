//! Token after token.

use super::lm::SpeechLm;
use super::sampling::{Noise, RasSampler};
use candle_core::{Result, Tensor};

/// Fewest and most speech tokens for one of the text.
const LEAST_TOKENS: usize = 2;
const MOST_TOKENS: usize = 20;

/// What is to be said, and how it begins.
#[derive(Debug)]
pub struct Prompt {
    /// The text of the prompt, `[1, P]`, int64.
    pub prompt_text: Tensor,
    /// The text that is to be said, `[1, L]`, int64.
    pub text: Tensor,
    /// The speech of the prompt, `[1, S]`, int64; S may be 0.
    pub prompt_speech: Tensor,
}

/// Speech tokens until a special one comes: at most 20 for one of the text, and as many as there is noise for.
///
/// Before 2 of them for one of the text, the sampler is told that the end is too early.
///
/// Original: `cosyvoice/llm/llm.py:459`, `inference`, and `:505`, `inference_wrapper`, of `Qwen2LM`.
///
/// # Errors
/// As [`SpeechLm::prefill`], and if the noise does not fit.
pub fn generate(
    lm: &SpeechLm,
    sampler: &RasSampler,
    prompt: &Prompt,
    noise: &Noise,
) -> Result<Vec<usize>> {
    let length = prompt.text.dim(1)?;
    let most = noise.nucleus.dim(0)?.min(MOST_TOKENS * length);
    let text = Tensor::cat(&[&prompt.prompt_text, &prompt.text], 1)?;
    let (mut scores, mut cache) = lm.prefill(&text, &prompt.prompt_speech)?;
    let mut tokens = Vec::new();
    while tokens.len() < most {
        let (step, early) = (tokens.len(), tokens.len() < LEAST_TOKENS * length);
        let row = tap::tap("logp", &scores.get(0)?)?;
        let token = sampler.draw(&row, &tokens, early, &noise.of(step)?)?;
        if lm.is_special(token) {
            break;
        }
        tokens.push(token);
        if tokens.len() < most {
            scores = lm.decode(token, &mut cache)?;
        }
    }
    Ok(tokens)
}
