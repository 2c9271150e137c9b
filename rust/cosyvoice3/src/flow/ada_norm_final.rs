//! The norm before the last projection.

use super::config::Config;
use super::norm::{layer_norm, modulate};
use candle_core::{D, Result, Tensor};
use candle_nn::{Linear, Module, VarBuilder, linear};

/// `AdaLayerNormZero_Final`: LayerNorm modulated by one linear layer of SiLU(t).
///
/// Original: `cosyvoice/flow/DiT/modules.py:251`, `AdaLayerNormZero_Final`.
#[derive(Debug)]
pub struct AdaLayerNormFinal {
    linear: Linear,
}

impl AdaLayerNormFinal {
    /// Reads `linear`, D → 2·D.
    ///
    /// # Errors
    /// If a weight is missing or has another shape.
    pub fn new(config: &Config, vb: VarBuilder) -> Result<Self> {
        let linear = linear(config.dim, 2 * config.dim, vb.pp("linear"))?;
        Ok(Self { linear })
    }

    /// x `[B, T, D]`, t `[B, D]` → `[B, T, D]`. The order here is scale, shift: not that of the blocks.
    ///
    /// # Errors
    /// If the shapes do not fit.
    pub fn forward(&self, x: &Tensor, t: &Tensor) -> Result<Tensor> {
        let both = self.linear.forward(&t.silu()?)?;
        let parts = both.unsqueeze(1)?.chunk(2, D::Minus1)?;
        let (scale, shift) = (&parts[0], &parts[1]);
        modulate(&layer_norm(x)?, shift, scale)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_close, ramp, tiny, weights};

    /* This test is based on the following script.
    scale, shift = linear(silu(ramp(1, 3)), ramp(6, 3), ramp(6)).chunk(2, dim=1)
    print(layer_norm(ramp(1, 2, 3), (3,), eps=1e-6) * (1 + scale[:, None]) + shift[:, None])
    */
    #[test]
    fn the_final_norm_has_scale_before_shift() -> Result<()> {
        let vb = weights([("linear.weight", ramp((6, 3))), ("linear.bias", ramp(6))]);
        let norm = AdaLayerNormFinal::new(&Config { dim: 3, ..tiny() }, vb)?;
        assert_close(
            &norm.forward(&ramp((1, 2, 3)), &ramp((1, 3)))?,
            &[
                -0.260064, 1.457603, -0.476287, 1.254345, -0.004764, -1.319301,
            ],
        )
    }
}
