//! The stage `frontend.tokens`.

use super::config::Config;
use super::encoder::Encoder;
use super::quantizer::Quantizer;
use candle_core::{DType, Result};
use candle_nn::VarBuilder;
use stage::{Inputs, Outputs, Stage};

/// The stage `frontend.tokens`: Whisper's log-mel → speech tokens at 25 Hz.
///
/// Inputs: mel `[B, M, T]`, float32, and length `[B]`, int64. Outputs: tokens `[B, ⌈T/4⌉]`, of padding too, and
/// count `[B]`, how many of them are no padding, int64.
#[derive(Debug)]
pub struct FrontendTokens {
    config: Config,
    encoder: Encoder,
    quantizer: Quantizer,
}

impl FrontendTokens {
    /// Reads `encoder` and `quantizer._codebook`.
    ///
    /// # Errors
    /// If a weight is missing or has another shape.
    pub fn load(vb: VarBuilder, config: Config) -> Result<Self> {
        Ok(Self {
            encoder: Encoder::new(&config, vb.pp("encoder"))?,
            quantizer: Quantizer::new(config.n_audio_state, vb.pp("quantizer._codebook"))?,
            config,
        })
    }
}

impl Stage for FrontendTokens {
    fn run(&self, inputs: &mut Inputs) -> Result<Outputs> {
        let bands = self.config.n_mels;
        let mel = inputs.get("mel", DType::F32, &format!("b {bands} t"))?;
        let length = inputs.get("length", DType::I64, "b")?;
        let (hidden, count) = self.encoder.forward(&mel, &length)?;
        let tokens = self.quantizer.forward(&hidden)?;
        Ok(Outputs::from([
            ("tokens".to_owned(), tokens),
            ("count".to_owned(), count),
        ]))
    }
}
