//! A periodic activation.

use candle_core::{Result, Tensor};
use candle_nn::VarBuilder;

const NO_DIVISION_BY_ZERO: f64 = 1e-9;

/// x + sin²(α·x)/(α + 1e-9), with an α for each channel.
///
/// Original: `cosyvoice/transformer/activation.py:37`, `Snake`.
#[derive(Debug)]
pub struct Snake {
    alpha: Tensor,
    inverse: Tensor,
}

impl Snake {
    /// Reads `alpha` `[C]`.
    ///
    /// # Errors
    /// If it is missing or has another shape.
    pub fn new(channels: usize, vb: VarBuilder) -> Result<Self> {
        let alpha = vb.get(channels, "alpha")?.reshape((1, channels, 1))?;
        let inverse = (&alpha + NO_DIVISION_BY_ZERO)?.recip()?;
        Ok(Self { alpha, inverse })
    }

    /// x `[B, C, T]` → `[B, C, T]`.
    ///
    /// # Errors
    /// If x has another number of channels.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let waves = x.broadcast_mul(&self.alpha)?.sin()?.sqr()?;
        x + waves.broadcast_mul(&self.inverse)?
    }
}
