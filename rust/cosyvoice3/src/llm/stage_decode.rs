//! The stage `llm.decode`.

use super::config::Config;
use super::lm::SpeechLm;
use super::stage_prefill::prompt;
use candle_core::{DType, Result, Tensor};
use candle_nn::VarBuilder;
use stage::{Inputs, Outputs, Stage};

/// The stage `llm.decode`: given tokens, one by one behind the cached keys and values of text and prompt.
///
/// Inputs: text `[1, L]`, prompt_speech `[1, S]` and tokens `[N]`, int64. Output: logp `[N, V]`, a row behind each token.
#[derive(Debug)]
pub struct LlmDecode {
    lm: SpeechLm,
}

impl LlmDecode {
    /// Reads the weights of the language model.
    ///
    /// # Errors
    /// If a weight is missing or has another shape.
    pub fn load(vb: VarBuilder, config: Config) -> Result<Self> {
        let lm = SpeechLm::new(&config, vb)?;
        Ok(Self { lm })
    }
}

impl Stage for LlmDecode {
    fn run(&self, inputs: &mut Inputs) -> Result<Outputs> {
        let (text, prompt_speech) = prompt(inputs)?;
        let tokens = inputs.get("tokens", DType::I64, "n")?.to_vec1::<i64>()?;
        let (_, mut cache) = self.lm.prefill(&text, &prompt_speech)?;
        let step = |&token: &i64| self.lm.decode(token as usize, &mut cache);
        let logp = tokens.iter().map(step).collect::<Result<Vec<_>>>()?;
        Ok(Outputs::from([("logp".to_owned(), Tensor::cat(&logp, 0)?)]))
    }
}
