//! Sines of a pitch.

use super::causal_conv::repeat;
use super::config::Config;
use candle_core::{DType, Result, Tensor};
use std::f64::consts::PI;

/// The waves of the fundamental and its overtones, with noise.
///
/// The original first repeats the pitch for every sample, adds random phases `rand_ini` to the first one, and
/// interpolates back to mel frames. Within a frame all samples are alike, and what it adds never reaches the middle of
/// the first frame, so that the frames' own pitch is what comes out.
///
/// Original: `cosyvoice/hifigan/generator.py:176`, `SineGen2` with `causal=True`.
#[derive(Debug)]
pub struct SineGenerator {
    config: Config,
}

impl SineGenerator {
    /// Of these amplitudes and rates; there are no weights.
    pub fn new(config: &Config) -> Self {
        Self {
            config: config.clone(),
        }
    }

    /// f0 `[B, T]` in Hz and uniform noise `[1, ≥ L, H]` → waves `[B, L, H]`.
    ///
    /// # Errors
    /// If there is too little noise.
    pub fn forward(&self, f0: &Tensor, noise: &Tensor) -> Result<Tensor> {
        let Config {
            nsf_alpha: alpha,
            nsf_sigma: sigma,
            nsf_voiced_threshold: threshold,
            ..
        } = self.config;
        let sines = (self.sines(f0)? * alpha)?;
        let voiced = self.per_sample(&f0.gt(threshold)?.to_dtype(f0.dtype())?.unsqueeze(2)?)?;
        let voiced = tap::tap("m_source.l_sin_gen.1", &voiced)?;
        let unvoiced = (1.0 - &voiced)?;
        let three = Tensor::new(3f32, f0.device())?.to_dtype(f0.dtype())?;
        let amplitude = ((&voiced * sigma)? + (unvoiced * alpha)?.broadcast_div(&three)?)?;
        let noise = noise.narrow(1, 0, voiced.dim(1)?)?;
        let noise = amplitude.broadcast_mul(&noise)?;
        let waves = (sines.broadcast_mul(&voiced)? + noise)?;
        tap::tap("m_source.l_sin_gen.0", &waves)
    }

    /// Hz `[B, T]` → `[B, L, H]`. The phase stands still within a mel frame.
    fn sines(&self, f0: &Tensor) -> Result<Tensor> {
        let phase = (self.turns(f0)? * 2.0)?;
        let phase = ((phase * PI)? * self.config.samples() as f64)?;
        self.per_sample(&phase.sin()?)
    }

    /// The turns at the end of each frame, as if a frame were one sample: `[B, T]` in Hz → `[B, T, H]`.
    ///
    /// Summed in float64 and rounded, as torch's `cumsum` does on a CPU.
    fn turns(&self, f0: &Tensor) -> Result<Tensor> {
        let (dtype, device) = (f0.dtype(), f0.device());
        let orders =
            Tensor::arange(1, self.config.harmonics() as i64 + 1, device)?.to_dtype(dtype)?;
        let rate = Tensor::new(self.config.sampling_rate as f64, device)?.to_dtype(dtype)?;
        let step = f0
            .unsqueeze(2)?
            .broadcast_mul(&orders)?
            .broadcast_div(&rate)?;
        let step = (&step - step.floor()?)?;
        step.to_dtype(DType::F64)?.cumsum(1)?.to_dtype(dtype)
    }

    /// `[B, T, H]` → `[B, L, H]`.
    fn per_sample(&self, x: &Tensor) -> Result<Tensor> {
        repeat(&x.transpose(1, 2)?, self.config.samples())?.transpose(1, 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_close, tiny};
    use candle_core::Device;

    /* This test is based on the following script.
    f0, noise = torch.tensor([[37.0, 9.0, 1300.0]]), torch.arange(144 * 3).reshape(1, 144, 3) / 432
    hz = f0.repeat_interleave(48, 1)[..., None]
    turns = (hz * torch.arange(1, 4) / 2400) % 1
    turns[:, 0] += torch.tensor([0, 0.3, 0.7])
    turns = interpolate(turns.transpose(1, 2), scale_factor=1 / 48, mode="linear")
    phase = interpolate(turns.cumsum(2) * 2 * math.pi * 48, scale_factor=48, mode="nearest")
    uv = (hz > 10).double()
    w = phase.transpose(1, 2).sin() * 0.1 * uv + (uv * 0.003 + (1 - uv) * 0.1 / 3) * noise
    print(w[:, [0, 47, 48, 143]])
    */
    #[test]
    fn phases_stand_still_in_a_frame_and_noise_does_not() -> Result<()> {
        let f0 = Tensor::new(&[[37f32, 9.0, 1300.0]], &Device::Cpu)?;
        let noise = (Tensor::arange(0f32, 432.0, &Device::Cpu)?.reshape((1, 144, 3))? / 432.0)?;
        let waves = SineGenerator::new(&tiny()).forward(&f0, &noise)?;
        let at = Tensor::new(&[0i64, 47, 48, 143], &Device::Cpu)?;
        let want = [
            -0.099803, 0.01254, 0.098243, -0.098824, 0.013519, 0.099222, // samples 0 and 47
            0.011111, 0.011188, 0.011265, -0.045196, -0.081447,
            -0.09681, // samples 48 and 143
        ];
        assert_close(&waves.contiguous()?.index_select(&at, 1)?, &want)
    }
}
