//! The short-time spectrum of the source.

use super::config::Config;
use super::fourier::{waves, window};
use candle_core::{D, DType, Result, Tensor};

/// Spectra of centred, windowed frames.
///
/// Original: `cosyvoice/hifigan/generator.py:491`, `_stft`.
#[derive(Debug)]
pub struct Stft {
    cos: Tensor,
    sin: Tensor,
    window: Tensor,
    hop: usize,
}

impl Stft {
    /// Of frames of 16 samples at every fourth one.
    ///
    /// # Errors
    /// None on a CPU.
    pub fn new(config: &Config) -> Result<Self> {
        let (cos, sin) = waves(config.istft_n_fft, DType::F32)?;
        let window = window(config.istft_n_fft)?;
        Ok(Self {
            cos,
            sin: sin.neg()?,
            window,
            hop: config.istft_hop,
        })
    }

    /// x `[B, L]` → real and imaginary part, each `[B, F, L/4 + 1]`. At the edges the signal is reflected.
    ///
    /// # Errors
    /// If x is shorter than half a frame.
    pub fn forward(&self, x: &Tensor) -> Result<(Tensor, Tensor)> {
        let frames = self.frames(&reflect(x, self.window.dim(0)? / 2)?)?;
        let frames = frames.broadcast_mul(&self.window)?;
        let part = |table: &Tensor| frames.broadcast_matmul(table)?.transpose(1, 2);
        let real = tap::tap("stft_real", &part(&self.cos)?)?;
        let imag = tap::tap("stft_imag", &part(&self.sin)?)?;
        Ok((real, imag))
    }

    /// `[B, L]` → `[B, N, 16]`, one frame every hop.
    fn frames(&self, x: &Tensor) -> Result<Tensor> {
        let (size, hop) = (self.window.dim(0)?, self.hop);
        let count = (x.dim(1)? - size) / hop + 1;
        let piece = |i: usize| x.narrow(1, i * hop, count * hop)?.reshape(((), count, hop));
        let pieces = (0..size / hop).map(piece).collect::<Result<Vec<_>>>()?;
        Tensor::cat(&pieces, D::Minus1)
    }
}

/// `[B, L]` → `[B, L + 2·edge]`: at each end the samples come back, the outermost one not twice.
fn reflect(x: &Tensor, edge: usize) -> Result<Tensor> {
    let length = x.dim(1)?;
    let left = x.narrow(1, 1, edge)?.flip(&[1])?;
    let right = x.narrow(1, length - 1 - edge, edge)?.flip(&[1])?;
    Tensor::cat(&[&left, x, &right], 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_close, ramp, tiny};
    use candle_core::Device;

    /* This test is based on the following script.
    s = torch.stft(ramp(1, 24), 16, 4, 16, window=torch.hann_window(16), return_complex=True)
    print(s.real[0, :, [0, 3]].T, s.imag[0, :, [0, 3]].T)
    */
    #[test]
    fn frames_are_centred_and_edges_reflected() -> Result<()> {
        let (real, imag) = Stft::new(&tiny())?.forward(&ramp((1, 24)))?;
        assert_eq!(
            (real.dims(), imag.dims()),
            ([1, 9, 7].as_slice(), [1, 9, 7].as_slice())
        );
        let at = Tensor::new(&[0i64, 3], &Device::Cpu)?;
        let frames = |x: &Tensor| x.transpose(1, 2)?.contiguous()?.index_select(&at, 1);
        let want = [
            0.266659, 0.133341, -0.685822, 0.838303, -0.175736, -0.486831, -0.514178, 1.515187,
            -1.515187, // frame 0
            -0.05, 0.138909, -0.227817, 0.388909, -0.55, -0.388909, 1.327817, -0.938909,
            0.55, // frame 3
        ];
        assert_close(&frames(&real)?, &want)?;
        let want = [
            0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, // frame 0
            0.0, 0.466012, -0.592388, 0.539475, -0.55412, -0.001946, 0.549033, -0.27541,
            0.0, // frame 3
        ];
        assert_close(&frames(&imag)?, &want)
    }
}
