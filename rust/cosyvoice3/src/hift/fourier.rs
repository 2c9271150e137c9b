//! What the short-time spectrum and its inverse share: the window, and the tables of a small Fourier transform.

use candle_core::{DType, Device, Result, Tensor};
use std::f64::consts::TAU;

/// The periodic Hann window of n samples, computed in float64 and rounded to float32: `[n]`.
///
/// Original: `cosyvoice/hifigan/generator.py:672`.
///
/// # Errors
/// None on a CPU.
pub fn window(n: usize) -> Result<Tensor> {
    let value = |i: usize| (0.5 - 0.5 * (TAU * i as f64 / n as f64).cos()) as f32;
    Tensor::from_iter((0..n).map(value), &Device::Cpu)
}

/// Cosine and sine of 2π·k·i/n, for n samples i and n/2 + 1 frequencies k: `[n, n/2 + 1]` each, in `dtype`.
///
/// # Errors
/// If `dtype` is not a float.
pub fn waves(n: usize, dtype: DType) -> Result<(Tensor, Tensor)> {
    let bins = n / 2 + 1;
    // The remainder keeps what is a multiple of a quarter turn exact.
    let angles = (0..n * bins).map(|at| TAU * ((at / bins) * (at % bins) % n) as f64 / n as f64);
    let table = |function: fn(f64) -> f64| {
        let values = angles.clone().map(function).collect::<Vec<_>>();
        Tensor::from_vec(values, (n, bins), &Device::Cpu)?.to_dtype(dtype)
    };
    Ok((table(f64::cos)?, table(f64::sin)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::assert_close;

    /* This test is based on the following script.
    print(torch.hann_window(16))
    */
    #[test]
    fn the_window_is_periodic() -> Result<()> {
        let rising = [
            0.0, 0.03806, 0.146447, 0.308658, 0.5, 0.691342, 0.853553, 0.96194,
        ];
        let falling = rising.iter().skip(1).rev();
        let want = rising
            .iter()
            .chain(&[1.0])
            .chain(falling)
            .copied()
            .collect::<Vec<_>>();
        assert_close(&window(16)?, &want)
    }

    #[test]
    fn a_quarter_turn_is_exact() -> Result<()> {
        let (cos, sin) = waves(4, DType::F64)?;
        assert_close(
            &cos.to_dtype(DType::F32)?,
            &[1., 1., 1., 1., 0., -1., 1., -1., 1., 1., 0., -1.],
        )?;
        assert_close(
            &sin.to_dtype(DType::F32)?,
            &[0., 0., 0., 0., 1., 0., 0., 0., 0., 0., -1., 0.],
        )
    }
}
