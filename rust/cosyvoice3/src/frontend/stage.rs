//! The frontend's stages.

use super::fbank::Fbank;
use super::mel24k::{self, Mel24k};
use super::resample::resample;
use super::whisper_mel::{self, WhisperMel};
use candle_core::{DType, Result, bail};
use candle_nn::VarBuilder;
use serde::de::IgnoredAny;
use stage::{Inputs, Outputs, Stage};

/// The stage `frontend.resample`: the recording at the two rates that the rest of the frontend works at.
///
/// Inputs: wav float32 `[1, L]` and its rate in Hz, int64 `[1]`. Outputs: wav16k, wav24k, `[1, L']`.
#[derive(Debug)]
pub struct ResampleStage;

impl ResampleStage {
    /// Takes neither weights nor configuration.
    ///
    /// # Errors
    /// None.
    pub fn load(_: VarBuilder, _: IgnoredAny) -> Result<Self> {
        Ok(Self)
    }
}

impl Stage for ResampleStage {
    fn run(&self, inputs: &mut Inputs) -> Result<Outputs> {
        let wav = inputs.get("wav", DType::F32, "1 l")?;
        let rate = inputs.get("rate", DType::I64, "1")?.to_vec1::<i64>()?[0];
        let Some(source) = usize::try_from(rate).ok().filter(|&rate| rate > 0) else {
            bail!("input `rate`: expected a number of Hz above 0, got {rate}");
        };
        let to = |target: u32| resample(&wav, source, target as usize);
        Ok(Outputs::from([
            ("wav16k".to_owned(), to(whisper_mel::RATE)?),
            ("wav24k".to_owned(), to(mel24k::RATE)?),
        ]))
    }
}

/// The stage `frontend.mel24k`: wav24k `[1, L]` → speech_feat `[1, T, 80]`, float32.
#[derive(Debug)]
pub struct Mel24kStage(Mel24k);

impl Mel24kStage {
    /// Takes neither weights nor configuration.
    ///
    /// # Errors
    /// None on the CPU.
    pub fn load(_: VarBuilder, _: IgnoredAny) -> Result<Self> {
        Mel24k::new().map(Self)
    }
}

impl Stage for Mel24kStage {
    fn run(&self, inputs: &mut Inputs) -> Result<Outputs> {
        let mel = self.0.forward(&inputs.get("wav24k", DType::F32, "1 l")?)?;
        Ok(Outputs::from([(
            "speech_feat".to_owned(),
            mel.transpose(1, 2)?,
        )]))
    }
}

/// The stage `frontend.whisper_mel`: wav16k `[1, L]` → whisper_mel `[1, 128, T]`, float32.
#[derive(Debug)]
pub struct WhisperMelStage(WhisperMel);

impl WhisperMelStage {
    /// Takes neither weights nor configuration.
    ///
    /// # Errors
    /// None on the CPU.
    pub fn load(_: VarBuilder, _: IgnoredAny) -> Result<Self> {
        WhisperMel::new().map(Self)
    }
}

impl Stage for WhisperMelStage {
    fn run(&self, inputs: &mut Inputs) -> Result<Outputs> {
        let mel = self.0.forward(&inputs.get("wav16k", DType::F32, "1 l")?)?;
        Ok(Outputs::from([("whisper_mel".to_owned(), mel)]))
    }
}

/// The stage `frontend.fbank`: wav16k `[1, L]` → fbank `[1, T, 80]`, float32.
#[derive(Debug)]
pub struct FbankStage(Fbank);

impl FbankStage {
    /// Takes neither weights nor configuration.
    ///
    /// # Errors
    /// None on the CPU.
    pub fn load(_: VarBuilder, _: IgnoredAny) -> Result<Self> {
        Fbank::new().map(Self)
    }
}

impl Stage for FbankStage {
    fn run(&self, inputs: &mut Inputs) -> Result<Outputs> {
        let fbank = self.0.forward(&inputs.get("wav16k", DType::F32, "1 l")?)?;
        Ok(Outputs::from([("fbank".to_owned(), fbank)]))
    }
}
