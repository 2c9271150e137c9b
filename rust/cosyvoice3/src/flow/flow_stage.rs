//! The stage `flow`.

use super::cfm::Cfm;
use super::config::FlowConfig;
use super::embed::{Embed, EmbedInputs};
use candle_core::{DType, Result};
use candle_nn::VarBuilder;
use stage::{Inputs, Outputs, Stage};

/// The stage `flow`: from tokens to the mel of what follows the prompt.
///
/// Inputs: those of `flow.embed`, noise `[1, M, ≥ T]`, float32, and streaming `[1]`, int64. Output: feat
/// `[1, M, T − F]`.
///
/// Original: `cosyvoice/flow/flow.py:370`, `CausalMaskedDiffWithDiT.inference`.
#[derive(Debug)]
pub struct Flow {
    config: FlowConfig,
    embed: Embed,
    decoder: Cfm,
}

impl Flow {
    /// Reads all weights of the flow.
    ///
    /// # Errors
    /// If a weight is missing or has another shape.
    pub fn load(vb: VarBuilder, config: FlowConfig) -> Result<Self> {
        Ok(Self {
            embed: Embed::new(&config.embed, vb.clone())?,
            decoder: Cfm::new(&config, vb.pp("decoder"))?,
            config,
        })
    }
}

impl Stage for Flow {
    fn run(&self, inputs: &mut Inputs) -> Result<Outputs> {
        let given = EmbedInputs::read(&self.config.embed, inputs)?;
        let bands = format!("1 {} noise", self.config.dit.mel_dim);
        let noise = inputs.get("noise", DType::F32, &bands)?;
        let streaming = inputs.flag("streaming")?;
        let conditions = self.embed.forward(&given)?;
        let (known, frames) = (given.prompt_feat.dim(1)?, conditions.mu.dim(2)?);
        let feat = tap::scope("decoder", || {
            // The original's decoder returns the mel and a cache.
            let feat = self.decoder.forward(&noise, &conditions, streaming)?;
            tap::tap("0", &feat)
        })?;
        let feat = feat.narrow(2, known, frames - known)?;
        Ok(Outputs::from([("feat".to_owned(), feat)]))
    }
}
