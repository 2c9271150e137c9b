//! The Fourier transform of real frames.

use candle_core::{D, Result, Tensor};
use realfft::{RealFftPlanner, num_complex::Complex32};

/// The lower half of the spectrum of each frame, x `[…, N]` → `[…, N/2 + 1, 2]`: real and imaginary parts.
///
/// # Errors
/// If x is not float32.
pub fn rfft(x: &Tensor) -> Result<Tensor> {
    let size = x.dim(D::Minus1)?;
    let plan = RealFftPlanner::<f32>::new().plan_fft_forward(size);
    let mut frames = x.flatten_all()?.to_vec1::<f32>()?;
    let mut spectra = vec![Complex32::default(); frames.len() / size * (size / 2 + 1)];
    let mut scratch = plan.make_scratch_vec();
    for (frame, spectrum) in frames
        .chunks_exact_mut(size)
        .zip(spectra.chunks_exact_mut(size / 2 + 1))
    {
        plan.process_with_scratch(frame, spectrum, &mut scratch)
            .map_err(candle_core::Error::wrap)?;
    }
    let parts = spectra.iter().flat_map(|bin| [bin.re, bin.im]);
    let mut shape = x.dims().to_vec();
    shape.pop();
    shape.extend([size / 2 + 1, 2]);
    Tensor::from_iter(parts, x.device())?.reshape(shape)
}

/// Power of a spectrum, re² + im²: x `[…, F, 2]` → `[…, F]`.
///
/// # Errors
/// If x has another last axis.
pub fn power(x: &Tensor) -> Result<Tensor> {
    let real = x.narrow(D::Minus1, 0, 1)?;
    let imaginary = x.narrow(D::Minus1, 1, 1)?;
    (real.sqr()? + imaginary.sqr()?)?.squeeze(D::Minus1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;
    use fixtures::assert_within;
    use std::f64::consts::TAU;

    /// Σ x[n]·e^(−2πi·k·n/N) for k ≤ N/2, in float64.
    fn by_definition(x: &[f32]) -> Vec<f32> {
        let bin = |k: usize| {
            let angle = |n: usize| TAU * (k * n) as f64 / x.len() as f64;
            let sum = |f: &dyn Fn(f64) -> f64| {
                let terms = x.iter().enumerate();
                terms.map(|(n, &x)| f64::from(x) * f(angle(n))).sum::<f64>() as f32
            };
            [sum(&f64::cos), -sum(&f64::sin)]
        };
        (0..=x.len() / 2).flat_map(bin).collect()
    }

    #[test]
    fn the_spectrum_is_the_sum_that_defines_it() -> Result<()> {
        for size in [2, 8, 10, 15, 400] {
            let x = (0..size)
                .map(|n| ((n * 7) % 11) as f32 / 11.0 - 0.4)
                .collect::<Vec<_>>();
            let got = rfft(&Tensor::from_slice(&x, (1, size), &Device::Cpu)?)?;
            assert_eq!(got.dims(), [1, size / 2 + 1, 2]);
            assert_within(&got, &by_definition(&x), 2e-5)?;
        }
        Ok(())
    }

    #[test]
    fn power_is_that_of_both_parts() -> Result<()> {
        let x = Tensor::new(&[[3f32, 4.0], [0.0, -2.0]], &Device::Cpu)?;
        assert_eq!(power(&x)?.to_vec1::<f32>()?, [25.0, 4.0]);
        Ok(())
    }
}
