//! The whole vocoder.

use super::config::Config;
use super::decoder::Decoder;
use super::f0_predictor::F0Predictor;
use super::source::Source;
use candle_core::{Result, Tensor};
use candle_nn::VarBuilder;

const PREFIX: &str = "generator";

/// Sound from a mel spectrogram: its pitch, the source of that pitch, and the network.
///
/// Original: `cosyvoice/hifigan/generator.py:714`, `CausalHiFTGenerator.inference`.
#[derive(Debug)]
pub struct Vocoder {
    f0_predictor: F0Predictor,
    source: Source,
    decoder: Decoder,
}

impl Vocoder {
    /// Reads all weights.
    ///
    /// # Errors
    /// If a weight is missing or has another shape.
    pub fn new(config: &Config, vb: VarBuilder) -> Result<Self> {
        Ok(Self {
            f0_predictor: F0Predictor::new(config, vb.pp("f0_predictor"))?,
            source: Source::new(config, vb.pp("m_source"))?,
            decoder: Decoder::new(config, vb)?,
        })
    }

    /// mel `[B, M, T]` and uniform noise `[1, ≥ L, H]` → sound `[B, L]`. Where more is to come, eight mel frames of it
    /// are kept back.
    ///
    /// # Errors
    /// If the shapes do not fit, or more is to come after seven mel frames or less.
    pub fn forward(&self, mel: &Tensor, noise: &Tensor, finalize: bool) -> Result<Tensor> {
        let f0 = self.f0_predictor.forward(mel, finalize)?;
        let source = self.source.forward(&f0, noise)?;
        // Frames without a pitch are only looked at by the predictor.
        self.decoder
            .forward(&mel.narrow(2, 0, f0.dim(1)?)?, &source, finalize)
    }
}

/// The generator's weights: below `generator.` where a checkpoint was trained with discriminators.
///
/// Original: `cosyvoice/cli/model.py:71`.
pub fn root(vb: VarBuilder) -> VarBuilder {
    if vb.contains_tensor("generator.conv_pre.bias") {
        vb.pp(PREFIX)
    } else {
        vb
    }
}
