//! The short-time Fourier transform.

use super::frames::frames;
use candle_core::{Result, Tensor};
use dsp::fourier::rfft;

/// The spectra of the windowed frames of a padded wav, x `[B, L]` → `[B, T, N/2 + 1, 2]`: real and imaginary parts.
///
/// Original: `torch.stft` with `center=False`, which has the frequencies before the frames.
///
/// # Errors
/// If x is shorter than a frame.
pub fn stft(x: &Tensor, window: &Tensor, hop: usize) -> Result<Tensor> {
    let framed = tap::tap("framed", &frames(x, window.dim(0)?, hop)?)?;
    let window = tap::tap("window", window)?;
    let windowed = tap::tap("windowed", &framed.broadcast_mul(&window)?)?;
    tap::tap("spectrum", &rfft(&windowed)?)
}
