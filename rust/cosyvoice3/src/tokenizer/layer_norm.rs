//! LayerNorm.

use candle_core::{D, Result, Tensor};
use candle_nn::VarBuilder;

const EPS: f64 = 1e-5;

/// LayerNorm with weight and bias over the last dimension.
///
/// `candle_nn::LayerNorm` takes the variance as E\[x²\] − mean², which costs float32 digits; this does not.
///
/// Original: `s3tokenizer/model.py:43`, `LayerNorm`.
#[derive(Debug)]
pub struct LayerNorm {
    weight: Tensor,
    bias: Tensor,
}

impl LayerNorm {
    /// Reads `weight` and `bias`, `[D]`.
    ///
    /// # Errors
    /// If a weight is missing or has another shape.
    pub fn new(dim: usize, vb: VarBuilder) -> Result<Self> {
        Ok(Self {
            weight: vb.get(dim, "weight")?,
            bias: vb.get(dim, "bias")?,
        })
    }

    /// Any shape that ends in D, same shape back.
    ///
    /// # Errors
    /// If x has another width.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let centred = x.broadcast_sub(&x.mean_keepdim(D::Minus1)?)?;
        let variance = centred.sqr()?.mean_keepdim(D::Minus1)?;
        let normed = centred.broadcast_div(&(variance + EPS)?.sqrt()?)?;
        normed
            .broadcast_mul(&self.weight)?
            .broadcast_add(&self.bias)
    }
}

#[cfg(test)]
mod tests {
    use super::LayerNorm;
    use candle_core::Result;
    use fixtures::{assert_close, ramp, weights};

    /* This test is based on the following script.
    print(layer_norm(ramp(1, 2, 3) / 100, (3,), ramp(3), ramp(3), eps=1e-5))
    */
    #[test]
    fn weight_bias_and_epsilon_are_torchs() -> Result<()> {
        let norm = LayerNorm::new(3, weights([("weight", ramp(3)), ("bias", ramp(3))]))?;
        assert_close(
            &norm.forward(&(ramp((1, 2, 3)) / 100.0)?)?,
            &[-0.109566, 0.371791, -0.184383, -0.939941, 0.2, -0.024023],
        )
    }
}
