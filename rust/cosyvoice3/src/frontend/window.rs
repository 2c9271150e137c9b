//! Windows, made in float32 as torch makes them.

use candle_core::{Device, Result, Tensor};
use std::f64::consts::TAU;

/// The periodic Hann window: float32 `[N]`.
///
/// Original: `torch.hann_window`.
///
/// # Errors
/// None on the CPU.
pub fn hann(size: usize) -> Result<Tensor> {
    Tensor::from_iter((0..size).map(|n| hann_at(n, size)), &Device::Cpu)
}

/// Kaldi's Povey window, a symmetric Hann window to the power of 0.85: float32 `[N]`.
///
/// Original: `torchaudio/compliance/kaldi.py:86`, `_feature_window_function` (2.11).
///
/// # Errors
/// None on the CPU.
pub fn povey(size: usize) -> Result<Tensor> {
    let window = (0..size).map(|n| hann_at(n, size - 1).powf(0.85));
    Tensor::from_iter(window, &Device::Cpu)
}

/// Element n of a Hann window that repeats after `period`.
fn hann_at(n: usize, period: usize) -> f32 {
    (n as f32 * (TAU / period as f64) as f32).cos() * -0.5 + 0.5
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::assert_within;

    #[test]
    fn the_periodic_window_lacks_its_last_zero() -> Result<()> {
        assert_within(&hann(4)?, &[0.0, 0.5, 1.0, 0.5], 1e-7)?;
        Ok(())
    }

    #[test]
    fn the_povey_window_has_it() -> Result<()> {
        let half = 0.5f32.powf(0.85);
        assert_within(&povey(5)?, &[0.0, half, 1.0, half, 0.0], 1e-6)?;
        Ok(())
    }
}
