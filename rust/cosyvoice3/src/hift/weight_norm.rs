//! Normalised weights.

use candle_core::{DType, Result, Tensor};
use candle_nn::VarBuilder;

/// The weight `[out, in, kernel]` of a convolution that is kept as a magnitude g `[out, 1, 1]` and a direction v:
/// g·v/‖v‖, the norm over each output channel.
///
/// Folded in float64, since a norm of thousands of squares would cost float32 digits, and given in the weights' dtype.
///
/// Original: `torch.nn.utils.parametrizations.weight_norm`, used throughout `cosyvoice/hifigan/generator.py:602`.
///
/// # Errors
/// If one of the two is missing or has another shape.
pub fn weight_norm(shape: (usize, usize, usize), vb: &VarBuilder) -> Result<Tensor> {
    let vb = vb.pp("parametrizations.weight");
    let magnitude = vb.get((shape.0, 1, 1), "original0")?.to_dtype(DType::F64)?;
    let direction = vb.get(shape, "original1")?.to_dtype(DType::F64)?;
    let norm = direction.sqr()?.sum_keepdim((1, 2))?.sqrt()?;
    let scale = (magnitude / norm)?;
    direction.broadcast_mul(&scale)?.to_dtype(vb.dtype())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_close, weights};
    use candle_core::Device;

    #[test]
    fn each_output_channel_gets_its_magnitude() -> Result<()> {
        let v = Tensor::new(
            &[[[3f32, 0.0], [0.0, 4.0]], [[1.0, 1.0], [1.0, 1.0]]],
            &Device::Cpu,
        )?;
        let g = Tensor::new(&[[[10f32]], [[-1.0]]], &Device::Cpu)?;
        let vb = weights([
            ("parametrizations.weight.original0", g),
            ("parametrizations.weight.original1", v),
        ]);
        let want = [6.0, 0.0, 0.0, 8.0, -0.5, -0.5, -0.5, -0.5];
        assert_close(&weight_norm((2, 2, 2), &vb)?, &want)
    }
}
