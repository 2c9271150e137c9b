//! LayerNorm and its modulation.

use candle_core::{D, Result, Tensor};

const EPS: f64 = 1e-6;

/// LayerNorm without weight and bias: (x − mean) / √(var + 1e-6) over the last dimension, any shape.
///
/// `candle_nn::ops::layer_norm` takes the variance as E\[x²\] − mean², which costs float32 digits; this does not.
///
/// # Errors
/// If the dtype is not a float.
pub fn layer_norm(x: &Tensor) -> Result<Tensor> {
    let mean = x.mean_keepdim(D::Minus1)?;
    let centred = x.broadcast_sub(&mean)?;
    let variance = centred.sqr()?.mean_keepdim(D::Minus1)?;
    centred.broadcast_div(&(variance + EPS)?.sqrt()?)
}

/// x·(1 + scale) + shift, for x `[B, T, D]`, scale and shift `[B, 1, D]`.
///
/// # Errors
/// If the shapes do not fit.
pub fn modulate(x: &Tensor, shift: &Tensor, scale: &Tensor) -> Result<Tensor> {
    x.broadcast_mul(&(scale + 1.0)?)?.broadcast_add(shift)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_close, ramp};

    /* This test is based on the following script.
    x = ramp(1, 2, 4)
    print(layer_norm(x, (4,), eps=1e-6), layer_norm(x * 1e-3, (4,), eps=1e-6))
    */
    #[test]
    fn layer_norm_is_torchs() -> Result<()> {
        let x = ramp((1, 2, 4));
        let want = [
            -1.31306, 0.525224, -0.525224, 1.31306, 0.199998, -1.399989, 1.399989, -0.199998,
        ];
        assert_close(&layer_norm(&x)?, &want)?;
        let want = [
            -0.467269, 0.186908, -0.186908, 0.467269, 0.048507, -0.33955, 0.33955, -0.048507,
        ];
        assert_close(&layer_norm(&(x * 1e-3)?)?, &want)
    }

    #[test]
    fn layer_norm_keeps_its_digits_far_from_zero() -> Result<()> {
        let x = (ramp((1, 2, 4)) + 1000.0)?;
        let far = layer_norm(&x)?;
        let near = layer_norm(&(&x - 1000.0)?)?;
        assert!((far - near)?.abs()?.max_all()?.to_scalar::<f32>()? < 1e-3);
        Ok(())
    }
}
