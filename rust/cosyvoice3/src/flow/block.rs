//! A transformer block.

use super::ada_norm_zero::AdaLayerNormZero;
use super::attention::Attention;
use super::config::Config;
use super::feed_forward::FeedForward;
use super::mask::AttentionMask;
use super::norm::{layer_norm, modulate};
use super::rotary::Rotation;
use candle_core::{Result, Tensor};
use candle_nn::VarBuilder;

/// One transformer block: attention and feed-forward, each modulated and gated by the time embedding.
///
/// Original: `cosyvoice/flow/DiT/modules.py:500`, `DiTBlock`.
#[derive(Debug)]
pub struct Block {
    attn_norm: AdaLayerNormZero,
    attn: Attention,
    ff: FeedForward,
}

impl Block {
    /// Reads `attn_norm`, `attn` and `ff`.
    ///
    /// # Errors
    /// If a weight is missing or has another shape.
    pub fn new(config: &Config, vb: VarBuilder) -> Result<Self> {
        Ok(Self {
            attn_norm: AdaLayerNormZero::new(config, vb.pp("attn_norm"))?,
            attn: Attention::new(config, vb.pp("attn"))?,
            ff: FeedForward::new(config, vb.pp("ff"))?,
        })
    }

    /// x `[B, T, D]`, t `[B, D]` → `[B, T, D]`.
    ///
    /// # Errors
    /// If the shapes do not fit.
    pub fn forward(
        &self,
        x: &Tensor,
        t: &Tensor,
        mask: &AttentionMask,
        rotation: &Rotation,
    ) -> Result<Tensor> {
        let m = self.attn_norm.forward(t)?;

        let normed = modulate(&layer_norm(x)?, &m.shift_attn, &m.scale_attn)?;
        let normed = tap::tap("attn_norm.0", &normed)?;
        let attended = tap::scope("attn", || self.attn.forward(&normed, mask, rotation))?;
        let x = (x + attended.broadcast_mul(&m.gate_attn)?)?;
        let x = tap::tap("attn_residual", &x)?;

        let normed = tap::tap("ff_norm", &layer_norm(&x)?)?;
        let normed = modulate(&normed, &m.shift_ff, &m.scale_ff)?;
        let normed = tap::tap("ff_modulated", &normed)?;
        let fed = self.ff.forward(&normed)?;
        let x = (x + fed.broadcast_mul(&m.gate_ff)?)?;
        tap::output(&x)
    }
}
