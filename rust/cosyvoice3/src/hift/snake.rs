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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_close, ramp, weights};
    use candle_core::Device;

    /* This test is based on the following script.
    x, a = 4 * ramp(1, 2, 3), torch.tensor([0.5, 2.0])[:, None]
    print(x + torch.sin(a * x) ** 2 / (a + 1e-9))
    */
    #[test]
    fn each_channel_has_its_own_alpha() -> Result<()> {
        let vb = weights([("alpha", Tensor::new(&[0.5f32, 2.0], &Device::Cpu)?)]);
        let x = (ramp((1, 2, 3)) * 4.0)?;
        let want = [-0.583853, 1.103293, -0.496707, 2.286375, 0.6573, -0.971875];
        assert_close(&Snake::new(2, vb)?.forward(&x)?, &want)
    }
}
