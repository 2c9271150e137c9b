//! The source signal.

use super::config::Config;
use super::sine::SineGenerator;
use candle_core::{Result, Tensor};
use candle_nn::{Linear, Module, VarBuilder, linear};

/// Harmonics of the pitch where there is one, noise where there is none, mixed to one wave.
///
/// Original: `cosyvoice/hifigan/generator.py:311`, `SourceModuleHnNSF` with `causal=True`.
#[derive(Debug)]
pub struct Source {
    sine: SineGenerator,
    linear: Linear,
}

impl Source {
    /// Reads `l_linear`.
    ///
    /// # Errors
    /// If a weight is missing or has another shape.
    pub fn new(config: &Config, vb: VarBuilder) -> Result<Self> {
        Ok(Self {
            sine: SineGenerator::new(config),
            linear: linear(config.harmonics(), 1, vb.pp("l_linear"))?,
        })
    }

    /// f0 `[B, T]` in Hz and uniform noise `[1, ≥ L, H]` → the wave `[B, 1, L]`.
    ///
    /// # Errors
    /// If there is too little noise.
    pub fn forward(&self, f0: &Tensor, noise: &Tensor) -> Result<Tensor> {
        let waves = self.sine.forward(f0, noise)?;
        let wave = self.linear.forward(&waves.contiguous()?)?.tanh()?;
        tap::tap("m_source.0", &wave)?.transpose(1, 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_close, ramp, ramp_from, tiny, weights};
    use candle_core::Device;

    /* This test is based on the script of `sine.rs`, which goes on with
    print(torch.tanh(linear(w, ramp(1, 3, first=3) * 10, ramp(1)))[:, [0, 60, 143]])
    */
    #[test]
    fn waves_are_mixed_and_bounded() -> Result<()> {
        let f0 = Tensor::new(&[[37f32, 9.0, 1300.0]], &Device::Cpu)?;
        let noise = (Tensor::arange(0f32, 432.0, &Device::Cpu)?.reshape((1, 144, 3))? / 432.0)?;
        let weight = (ramp_from(3, (1, 3)) * 10.0)?;
        let vb = weights([("l_linear.weight", weight), ("l_linear.bias", ramp(1))]);
        let wave = Source::new(&tiny(), vb)?.forward(&f0, &noise)?;
        assert_eq!(wave.dims(), [1, 1, 144]);
        let at = Tensor::new(&[0i64, 60, 143], &Device::Cpu)?;
        assert_close(
            &wave.contiguous()?.index_select(&at, 2)?,
            &[-0.138554, -0.416875, -0.72288],
        )
    }
}
