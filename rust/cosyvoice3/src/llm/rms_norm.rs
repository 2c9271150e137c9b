//! RMSNorm.

use candle_core::{Result, Tensor};
use candle_nn::VarBuilder;

/// weight·x / √(mean(x²) + eps) over the last dimension.
///
/// Original: transformers 4.51.3, `models/qwen2/modeling_qwen2.py:211`, `Qwen2RMSNorm`.
#[derive(Debug)]
pub struct RmsNorm(candle_nn::RmsNorm);

impl RmsNorm {
    /// Reads `weight` `[D]`.
    ///
    /// # Errors
    /// If the weight is missing or has another shape.
    pub fn new(dim: usize, eps: f64, vb: VarBuilder) -> Result<Self> {
        Ok(Self(candle_nn::rms_norm(dim, eps, vb)?))
    }

    /// Any shape that ends in D, same shape back.
    ///
    /// candle's fused kernel adds up the squares one after the other, which costs float32 digits; `forward_diff` does
    /// not.
    ///
    /// # Errors
    /// If x has another width.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.0.forward_diff(x)
    }
}

#[cfg(test)]
mod tests {
    use super::RmsNorm;
    use crate::testing::{assert_close, ramp, weights};
    use candle_core::Result;

    /* This test is based on the following script.
    x = ramp(1, 2, 3)
    print(ramp(3) * x / (x.square().mean(-1, keepdim=True) + 0.01).sqrt())
    */
    #[test]
    fn the_mean_square_is_divided_by() -> Result<()> {
        let norm = RmsNorm::new(3, 0.01, weights([("weight", ramp(3))]))?;
        assert_close(
            &norm.forward(&ramp((1, 2, 3)))?,
            &[0.721688, 0.11547, 0.11547, -0.702439, 0.056195, 0.168585],
        )
    }
}
