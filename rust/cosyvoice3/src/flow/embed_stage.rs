//! The stage `flow.embed`.

use super::config::EmbedConfig;
use super::embed::{Conditions, Embed, EmbedInputs};
use candle_core::{DType, Result, Tensor};
use candle_nn::VarBuilder;
use stage::{Inputs, Outputs, Stage};

/// The stage `flow.embed`: what the estimator is conditioned on.
///
/// Inputs: token `[1, N]`, prompt_token `[1, P]`, finalize `[1]`, all int64, prompt_feat `[1, F, M]` and embedding
/// `[1, S]`, float32. Outputs: mu, cond `[1, M, T]`, spks `[1, M]`, and known `[1]`, int64: how many of
/// the frames are the prompt's.
#[derive(Debug)]
pub struct FlowEmbed {
    config: EmbedConfig,
    embed: Embed,
}

impl FlowEmbed {
    /// Reads the weights beside the decoder's.
    ///
    /// # Errors
    /// If a weight is missing or has another shape.
    pub fn load(vb: VarBuilder, config: EmbedConfig) -> Result<Self> {
        let embed = Embed::new(&config, vb)?;
        Ok(Self { config, embed })
    }
}

impl EmbedInputs {
    /// Reads what the stage is given.
    ///
    /// # Errors
    /// If an input is missing, or of another dtype or shape.
    pub(super) fn read(config: &EmbedConfig, inputs: &mut Inputs) -> Result<Self> {
        let (bands, speaker) = (config.output_size, config.spk_embed_dim);
        Ok(Self {
            token: inputs.get("token", DType::I64, "1 n")?,
            prompt_token: inputs.get("prompt_token", DType::I64, "1 p")?,
            prompt_feat: inputs.get("prompt_feat", DType::F32, &format!("1 f {bands}"))?,
            embedding: inputs.get("embedding", DType::F32, &format!("1 {speaker}"))?,
            finalize: inputs.flag("finalize")?,
        })
    }
}

impl Stage for FlowEmbed {
    fn run(&self, inputs: &mut Inputs) -> Result<Outputs> {
        let inputs = EmbedInputs::read(&self.config, inputs)?;
        let Conditions { mu, spks, cond } = self.embed.forward(&inputs)?;
        let known = Tensor::new(&[inputs.prompt_feat.dim(1)? as i64], mu.device())?;
        let named = [("mu", mu), ("spks", spks), ("cond", cond), ("known", known)];
        Ok(named.map(|(name, tensor)| (name.to_owned(), tensor)).into())
    }
}
