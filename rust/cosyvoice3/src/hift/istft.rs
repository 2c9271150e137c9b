//! Sound from magnitudes and phases.

use super::config::Config;
use super::fourier::{waves, window};
use candle_core::{DType, Result, Tensor};

const LARGEST_MAGNITUDE: f64 = 1e2;

/// Frames from spectra, windowed once more, added up where they overlap, and divided by what the windows add up to.
///
/// Original: `cosyvoice/hifigan/generator.py:499`, `_istft`.
#[derive(Debug)]
pub struct Istft {
    cos: Tensor,
    sin: Tensor,
    window: Tensor,
    hop: usize,
}

impl Istft {
    /// Of frames of 16 samples at every fourth one.
    ///
    /// # Errors
    /// None on a CPU.
    pub fn new(config: &Config) -> Result<Self> {
        let n = config.istft_n_fft;
        let (cos, sin) = waves(n, DType::F32)?;
        // All frequencies but the first and the last stand for their mirror images, too.
        let mirrored = |k: usize| if k == 0 || k == n / 2 { 1.0 } else { 2.0 };
        let share = (0..config.bins()).map(|k| (mirrored(k) / n as f64) as f32);
        let share = Tensor::from_iter(share, cos.device())?;
        Ok(Self {
            cos: cos.broadcast_mul(&share)?.t()?.contiguous()?,
            sin: sin.broadcast_mul(&share)?.neg()?.t()?.contiguous()?,
            window: window(n)?,
            hop: config.istft_hop,
        })
    }

    /// Magnitude, of which no more than 100 counts, and phase in radians, `[B, F, N]` → `[B, 4·(N − 1)]`.
    ///
    /// # Errors
    /// If the shapes do not fit.
    pub fn forward(&self, magnitude: &Tensor, phase: &Tensor) -> Result<Tensor> {
        let magnitude = magnitude.minimum(LARGEST_MAGNITUDE)?;
        let real = (&magnitude * phase.cos()?)?.transpose(1, 2)?.contiguous()?;
        let imag = (&magnitude * phase.sin()?)?.transpose(1, 2)?.contiguous()?;
        let frames = (real.broadcast_matmul(&self.cos)? + imag.broadcast_matmul(&self.sin)?)?;
        let frames = frames.broadcast_mul(&self.window)?;
        let windows = self
            .window
            .sqr()?
            .broadcast_as((1, frames.dim(1)?, frames.dim(2)?))?;
        let (sound, weight) = (self.added_up(&frames)?, self.added_up(&windows)?);
        let edge = self.window.dim(0)? / 2;
        let length = sound.dim(1)? - 2 * edge;
        let inner = |x: &Tensor| x.narrow(1, edge, length);
        inner(&sound)?.broadcast_div(&inner(&weight)?)
    }

    /// `[B, N, 16]`, a frame every hop → `[B, 16 + 4·(N − 1)]`.
    fn added_up(&self, frames: &Tensor) -> Result<Tensor> {
        let (_, count, size) = frames.dims3()?;
        let pieces = size / self.hop;
        let piece = |i: usize| {
            let piece = frames.narrow(2, i * self.hop, self.hop)?.flatten_from(1)?;
            piece.pad_with_zeros(1, i * self.hop, (pieces - 1 - i) * self.hop)
        };
        let mut sum = piece(0)?;
        for i in 1..pieces {
            sum = (sum + piece(i)?)?;
        }
        debug_assert_eq!(sum.dim(1)?, size + self.hop * (count - 1));
        Ok(sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stft::Stft;
    use crate::testing::{assert_close, ramp, ramp_from, tiny};
    use candle_core::Device;
    use proptest::prelude::*;

    /* This test is based on the following script.
    m, p = (3 * ramp(1, 9, 4)).exp(), 6 * ramp(1, 9, 4, first=3)
    m[0, 2, 1] = 150
    print(torch.istft(m.clip(max=100) * torch.exp(1j * p), 16, 4, 16, window=torch.hann_window(16)))
    */
    #[test]
    fn no_magnitude_above_100_counts() -> Result<()> {
        let mut magnitudes = (ramp((9, 4)) * 3.0)?.exp()?.to_vec2::<f32>()?;
        magnitudes[2][1] = 150.0;
        let magnitude = Tensor::new(magnitudes, &Device::Cpu)?.unsqueeze(0)?;
        let phase = (ramp_from(3, (1, 9, 4)) * 6.0)?;
        let want = [
            5.761574, 3.294395, -0.282346, -7.076066, -8.678578, -4.326074, 1.105294, 5.551657,
            4.080899, 1.268825, -0.548595, -0.730754,
        ];
        let sound = Istft::new(&tiny())?.forward(&magnitude, &phase)?;
        assert_close(&(sound / 10.0)?, &want.map(|sample| sample / 10.0))
    }

    proptest! {
        #[test]
        fn it_undoes_the_spectrum(samples in prop::collection::vec(-1f32..1.0, 4..20)) {
            let x = Tensor::new(samples.repeat(4), &Device::Cpu).unwrap().unsqueeze(0).unwrap();
            let (real, imag) = Stft::new(&tiny()).unwrap().forward(&x).unwrap();
            let part = |x: &Tensor| x.flatten_all().unwrap().to_vec1::<f32>().unwrap();
            let (real_part, imag_part) = (part(&real), part(&imag));
            let polar = real_part.iter().zip(&imag_part).map(|(re, im)| (re.hypot(*im), im.atan2(*re)));
            let (magnitude, phase): (Vec<_>, Vec<_>) = polar.unzip();
            let like = |values: Vec<f32>| Tensor::from_vec(values, real.shape(), &Device::Cpu).unwrap();
            let back = Istft::new(&tiny()).unwrap().forward(&like(magnitude), &like(phase)).unwrap();
            let far = (back - x).unwrap().abs().unwrap().max_all().unwrap().to_scalar::<f32>().unwrap();
            prop_assert!(far < 1e-5, "{}", far);
        }
    }
}
