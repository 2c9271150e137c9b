//! The stage `llm`.

use super::config::LlmConfig;
use super::generate::{Prompt, generate};
use super::lm::SpeechLm;
use super::sampling::{Noise, RasSampler};
use candle_core::{DType, Device, Result, Tensor};
use candle_nn::VarBuilder;
use stage::{Inputs, Outputs, Stage};

/// The stage `llm`: text, prompt and noise → speech tokens.
///
/// Inputs: prompt_text `[1, P]`, text `[1, L]`, prompt_speech `[1, S]`, int64, nucleus `[M, top_k]` and redraw `[M, V]`,
/// float32. Output: tokens `[1, N]`, int64, N at most M.
#[derive(Debug)]
pub struct Llm {
    config: LlmConfig,
    lm: SpeechLm,
    sampler: RasSampler,
}

impl Llm {
    /// Reads the weights of the language model.
    ///
    /// # Errors
    /// If a weight is missing or has another shape.
    pub fn load(vb: VarBuilder, config: LlmConfig) -> Result<Self> {
        Ok(Self {
            lm: SpeechLm::new(&config.model, vb)?,
            sampler: RasSampler::new(config.sampling.clone()),
            config,
        })
    }
}

impl Stage for Llm {
    fn run(&self, inputs: &mut Inputs) -> Result<Outputs> {
        let (top_k, vocab) = (self.config.sampling.top_k, self.config.model.speech_vocab());
        let prompt = Prompt {
            prompt_text: inputs.get("prompt_text", DType::I64, "1 p")?,
            text: inputs.get("text", DType::I64, "1 l")?,
            prompt_speech: inputs.get("prompt_speech", DType::I64, "1 s")?,
        };
        let noise = Noise {
            nucleus: inputs.get("nucleus", DType::F32, &format!("m {top_k}"))?,
            redraw: inputs.get("redraw", DType::F32, &format!("m {vocab}"))?,
        };
        let tokens = generate(&self.lm, &self.sampler, &prompt, &noise)?;
        let tokens = tokens.into_iter().map(|token| token as i64);
        let tokens = Tensor::from_iter(tokens, &Device::Cpu)?.unsqueeze(0)?;
        Ok(Outputs::from([("tokens".to_owned(), tokens)]))
    }
}
