//! The stage `llm.sample`.

use super::config::SamplingConfig;
use super::sampling::{Noise, RasSampler};
use candle_core::{DType, Device, Result, Tensor};
use candle_nn::VarBuilder;
use stage::{Inputs, Outputs, Stage};

/// The stage `llm.sample`: scores and noise → tokens.
///
/// Inputs: scores `[N, V]`, nucleus `[N, top_k]` and redraw `[N, V]`, float32, decoded `[M]` and min_len `[1]`, int64.
/// Output: tokens `[N]`, int64.
#[derive(Debug)]
pub struct LlmSample {
    config: SamplingConfig,
    sampler: RasSampler,
}

impl LlmSample {
    /// Reads no weights.
    ///
    /// # Errors
    /// Never.
    pub fn load(_: VarBuilder, config: SamplingConfig) -> Result<Self> {
        let sampler = RasSampler::new(config.clone());
        Ok(Self { config, sampler })
    }
}

impl Stage for LlmSample {
    fn run(&self, inputs: &mut Inputs) -> Result<Outputs> {
        let (top_k, vocab) = (self.config.top_k, self.config.speech_vocab());
        let scores = inputs.get("scores", DType::F32, &format!("n {vocab}"))?;
        let noise = Noise {
            nucleus: inputs.get("nucleus", DType::F32, &format!("n {top_k}"))?,
            redraw: inputs.get("redraw", DType::F32, &format!("n {vocab}"))?,
        };
        let decoded = inputs.get("decoded", DType::I64, "m")?.to_vec1::<i64>()?;
        let decoded = decoded.into_iter().map(|token| token as usize).collect();
        let min_len = inputs.get("min_len", DType::I64, "1")?.to_vec1::<i64>()?[0];
        let tokens = self
            .sampler
            .sample(&scores, decoded, min_len as usize, &noise)?;
        let tokens = tokens.into_iter().map(|token| token as i64);
        let tokens = Tensor::from_iter(tokens, &Device::Cpu)?;
        Ok(Outputs::from([("tokens".to_owned(), tokens)]))
    }
}
