//! The stage `llm.prefill`.

use super::config::Config;
use super::lm::SpeechLm;
use candle_core::{DType, Result, Tensor};
use candle_nn::VarBuilder;
use stage::{Inputs, Outputs, Stage};

/// The stage `llm.prefill`: text and prompt tokens → the scores of the first token.
///
/// Inputs: text `[1, L]` and prompt_speech `[1, S]`, int64. Output: logp `[1, V]`.
#[derive(Debug)]
pub struct LlmPrefill {
    lm: SpeechLm,
}

impl LlmPrefill {
    /// Reads the weights of the language model.
    ///
    /// # Errors
    /// If a weight is missing or has another shape.
    pub fn load(vb: VarBuilder, config: Config) -> Result<Self> {
        let lm = SpeechLm::new(&config, vb)?;
        Ok(Self { lm })
    }
}

/// The stage's text and prompt tokens.
pub(super) fn prompt(inputs: &mut Inputs) -> Result<(Tensor, Tensor)> {
    let text = inputs.get("text", DType::I64, "1 l")?;
    Ok((text, inputs.get("prompt_speech", DType::I64, "1 s")?))
}

impl Stage for LlmPrefill {
    fn run(&self, inputs: &mut Inputs) -> Result<Outputs> {
        let (text, prompt_speech) = prompt(inputs)?;
        let (logp, _) = self.lm.prefill(&text, &prompt_speech)?;
        Ok(Outputs::from([("logp".to_owned(), logp)]))
    }
}
