//! The stage `frontend.speaker`.

use super::cam_plus_plus::CamPlusPlus;
use super::config::Config;
use candle_core::{DType, Result};
use candle_nn::VarBuilder;
use stage::{Inputs, Outputs, Stage};

/// The stage `frontend.speaker`: fbank `[1, T, M]` → speaker_embedding `[1, 192]`, float32.
#[derive(Debug)]
pub struct SpeakerStage {
    network: CamPlusPlus,
    bands: usize,
}

impl SpeakerStage {
    /// Reads the weights.
    ///
    /// # Errors
    /// If a weight is missing or has another shape.
    pub fn load(vb: VarBuilder, config: Config) -> Result<Self> {
        Ok(Self {
            network: CamPlusPlus::new(&config, vb)?,
            bands: config.bands,
        })
    }
}

impl Stage for SpeakerStage {
    fn run(&self, inputs: &mut Inputs) -> Result<Outputs> {
        let fbank = inputs.get("fbank", DType::F32, &format!("1 t {}", self.bands))?;
        let embedding = self.network.forward(&fbank)?;
        Ok(Outputs::from([("speaker_embedding".to_owned(), embedding)]))
    }
}
