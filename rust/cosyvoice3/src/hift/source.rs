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
