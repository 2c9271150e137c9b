//! A block of the encoder.

use super::attention::Attention;
use super::config::Config;
use super::layer_norm::LayerNorm;
use super::mask::Seen;
use candle_core::{Result, Tensor};
use candle_nn::{Linear, Module, VarBuilder, linear};
use llm::rotary::Rotation;

const MLP_RATIO: usize = 4;

/// One block: attention and feed-forward (GELU in its exact form), each of a normed input and added to what came in.
///
/// Original: `s3tokenizer/model_v3.py:55`, `ResidualAttentionBlockV3`.
#[derive(Debug)]
pub struct Block {
    attn_ln: LayerNorm,
    attn: Attention,
    mlp_ln: LayerNorm,
    mlp_in: Linear,
    mlp_out: Linear,
}

impl Block {
    /// Reads `attn_ln`, `attn`, `mlp_ln`, `mlp.0` and `mlp.2`.
    ///
    /// # Errors
    /// If a weight is missing or has another shape.
    pub fn new(config: &Config, vb: VarBuilder) -> Result<Self> {
        let dim = config.n_audio_state;
        Ok(Self {
            attn_ln: LayerNorm::new(dim, vb.pp("attn_ln"))?,
            attn: Attention::new(config, vb.pp("attn"))?,
            mlp_ln: LayerNorm::new(dim, vb.pp("mlp_ln"))?,
            mlp_in: linear(dim, MLP_RATIO * dim, vb.pp("mlp.0"))?,
            mlp_out: linear(MLP_RATIO * dim, dim, vb.pp("mlp.2"))?,
        })
    }

    /// x `[B, T, D]` → `[B, T, D]`.
    ///
    /// # Errors
    /// If the shapes do not fit.
    pub fn forward(&self, x: &Tensor, seen: &Seen, rotation: &Rotation) -> Result<Tensor> {
        let normed = tap::tap("attn_ln", &self.attn_ln.forward(x)?)?;
        let attended = tap::scope("attn", || self.attn.forward(&normed, seen, rotation))?;
        let x = tap::tap("attn_residual", &(x + attended)?)?;
        let normed = tap::tap("mlp_ln", &self.mlp_ln.forward(&x)?)?;
        let hidden = self.mlp_in.forward(&normed)?.gelu_erf()?;
        tap::output(&(x + self.mlp_out.forward(&hidden)?)?)
    }
}
