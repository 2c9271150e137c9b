//! Mean and deviation over time.

use crate::mean::mean;
use candle_core::{DType, Result, Tensor, bail};

/// x `[B, C, T]`, T > 1 → `[B, 2·C]`: means, then standard deviations (of T − 1 frames), in float64 as torch's.
///
/// Original: `layers.py`, `statistics_pooling`.
///
/// # Errors
/// If x has a single frame.
pub fn statistics(x: &Tensor) -> Result<Tensor> {
    let frames = x.dim(2)?;
    if frames < 2 {
        bail!("one frame has no deviation: give a filter bank of at least three");
    }
    let wide = x.to_dtype(DType::F64)?;
    let squares = wide.broadcast_sub(&wide.mean_keepdim(2)?)?.sqr()?;
    let deviation = (squares.sum(2)? / (frames - 1) as f64)?.sqrt()?;
    Tensor::cat(
        &[mean(x, 2)?.squeeze(2)?, deviation.to_dtype(x.dtype())?],
        1,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn means_come_first_and_deviations_are_unbiased() -> Result<()> {
        let x = Tensor::new(&[[[1f32, 3.0], [2.0, -2.0]]], &Device::Cpu)?;
        let got = statistics(&x)?.to_vec2::<f32>()?;
        assert_eq!(got, [[2.0, 0.0, 2f32.sqrt(), 8f32.sqrt()]]);
        Ok(())
    }

    #[test]
    fn a_single_frame_is_an_error() {
        let x = Tensor::zeros((1, 2, 1), DType::F32, &Device::Cpu).unwrap();
        assert!(
            statistics(&x)
                .unwrap_err()
                .to_string()
                .starts_with("one frame has no deviation")
        );
    }
}
