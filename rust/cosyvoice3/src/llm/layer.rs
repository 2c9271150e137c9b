//! A decoder layer.

use super::attention::Attention;
use super::cache::LayerCache;
use super::config::Config;
use super::mlp::Mlp;
use super::rms_norm::RmsNorm;
use super::rotary::Rotation;
use candle_core::{Result, Tensor};
use candle_nn::VarBuilder;

/// One decoder layer: attention and feed-forward, each of a normed input and added to what came in.
///
/// Original: transformers 4.51.3, `models/qwen2/modeling_qwen2.py:231`, `Qwen2DecoderLayer`.
#[derive(Debug)]
pub struct Layer {
    input_layernorm: RmsNorm,
    self_attn: Attention,
    post_attention_layernorm: RmsNorm,
    mlp: Mlp,
}

impl Layer {
    /// Reads `input_layernorm`, `self_attn`, `post_attention_layernorm` and `mlp`.
    ///
    /// # Errors
    /// If a weight is missing or has another shape.
    pub fn new(config: &Config, vb: VarBuilder) -> Result<Self> {
        let norm = |name| RmsNorm::new(config.hidden_size, config.rms_norm_eps, vb.pp(name));
        Ok(Self {
            input_layernorm: norm("input_layernorm")?,
            self_attn: Attention::new(config, vb.pp("self_attn"))?,
            post_attention_layernorm: norm("post_attention_layernorm")?,
            mlp: Mlp::new(config, vb.pp("mlp"))?,
        })
    }

    /// x `[1, T, D]` → `[1, T, D]`; x comes behind what the cache holds, and is added to it.
    ///
    /// # Errors
    /// If the shapes do not fit.
    pub fn forward(
        &self,
        x: &Tensor,
        rotation: &Rotation,
        cache: &mut LayerCache,
    ) -> Result<Tensor> {
        let normed = self.input_layernorm.forward(x)?;
        let attended = tap::scope("self_attn", || {
            self.self_attn.forward(&normed, rotation, cache)
        })?;
        let x = tap::tap("attn_residual", &(x + attended)?)?;
        let fed = self
            .mlp
            .forward(&self.post_attention_layernorm.forward(&x)?)?;
        tap::output(&(x + fed)?)
    }
}
