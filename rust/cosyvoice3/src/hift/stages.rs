//! The stages `hift.f0`, `hift.source`, `hift.decode` and `audio`.

use super::config::Config;
use super::decoder::Decoder;
use super::f0_predictor::F0Predictor;
use super::source::Source;
use super::vocoder::{Vocoder, root};
use candle_core::{DType, Result, Tensor, bail};
use candle_nn::VarBuilder;
use stage::{Inputs, Outputs, Stage};

/// The stage `hift.f0`. Inputs: mel `[B, M, T]`, float32, and finalize. Output: f0 `[B, T]` in Hz, or `[B, T − 3]`.
#[derive(Debug)]
pub struct F0Stage(Config, F0Predictor);

/// The stage `hift.source`. Inputs: f0 `[B, T]` in Hz and noise `[1, ≥ L, H]`, float32. Output: source `[B, 1, L]`.
#[derive(Debug)]
pub struct SourceStage(Config, Source);

/// The stage `hift.decode`. Inputs: mel `[B, M, T]`, source `[B, 1, L]`, float32, and finalize. Output: audio `[B, L]`,
/// or `[B, L − 5·480]`.
#[derive(Debug)]
pub struct DecodeStage(Config, Decoder);

/// The stage `audio`. Inputs: mel `[B, M, T]`, noise `[1, ≥ L, H]`, float32, and finalize. Output: audio `[B, L]`, or
/// `[B, L − 8·480]`.
#[derive(Debug)]
pub struct AudioStage(Config, Vocoder);

impl F0Stage {
    /// Reads the weights under `f0_predictor.`.
    ///
    /// # Errors
    /// If a weight is missing or has another shape.
    pub fn load(vb: VarBuilder, config: Config) -> Result<Self> {
        let predictor = F0Predictor::new(&config, root(vb).pp("f0_predictor"))?;
        Ok(Self(config, predictor))
    }
}

impl SourceStage {
    /// Reads the weights under `m_source.`.
    ///
    /// # Errors
    /// If a weight is missing or has another shape.
    pub fn load(vb: VarBuilder, config: Config) -> Result<Self> {
        let source = Source::new(&config, root(vb).pp("m_source"))?;
        Ok(Self(config, source))
    }
}

impl DecodeStage {
    /// Reads the network's weights.
    ///
    /// # Errors
    /// If a weight is missing or has another shape.
    pub fn load(vb: VarBuilder, config: Config) -> Result<Self> {
        let decoder = Decoder::new(&config, root(vb))?;
        Ok(Self(config, decoder))
    }
}

impl AudioStage {
    /// Reads all weights.
    ///
    /// # Errors
    /// If a weight is missing or has another shape.
    pub fn load(vb: VarBuilder, config: Config) -> Result<Self> {
        let vocoder = Vocoder::new(&config, root(vb))?;
        Ok(Self(config, vocoder))
    }
}

impl Stage for F0Stage {
    fn run(&self, inputs: &mut Inputs) -> Result<Outputs> {
        let mel = mel(&self.0, inputs)?;
        let f0 = self.1.forward(&mel, inputs.flag("finalize")?)?;
        Ok(Outputs::from([("f0".to_owned(), f0)]))
    }
}

impl Stage for SourceStage {
    fn run(&self, inputs: &mut Inputs) -> Result<Outputs> {
        let f0 = inputs.get("f0", DType::F32, "b t")?;
        let noise = noise(&self.0, inputs, f0.dim(1)?)?;
        let source = self.1.forward(&f0, &noise)?;
        Ok(Outputs::from([("source".to_owned(), source)]))
    }
}

impl Stage for DecodeStage {
    fn run(&self, inputs: &mut Inputs) -> Result<Outputs> {
        let mel = mel(&self.0, inputs)?;
        let length = mel.dim(2)? * self.0.samples();
        let source = inputs.get("source", DType::F32, &format!("b 1 {length}"))?;
        let audio = self.1.forward(&mel, &source, inputs.flag("finalize")?)?;
        Ok(Outputs::from([("audio".to_owned(), audio)]))
    }
}

impl Stage for AudioStage {
    fn run(&self, inputs: &mut Inputs) -> Result<Outputs> {
        let mel = mel(&self.0, inputs)?;
        let noise = noise(&self.0, inputs, mel.dim(2)?)?;
        let audio = self.1.forward(&mel, &noise, inputs.flag("finalize")?)?;
        Ok(Outputs::from([("audio".to_owned(), audio)]))
    }
}

fn mel(config: &Config, inputs: &mut Inputs) -> Result<Tensor> {
    inputs.get("mel", DType::F32, &format!("b {} t", config.in_channels))
}

fn noise(config: &Config, inputs: &mut Inputs, frames: usize) -> Result<Tensor> {
    let (length, harmonics) = (frames * config.samples(), config.harmonics());
    let drawn = inputs.get("noise", DType::F32, &format!("1 drawn {harmonics}"))?;
    if drawn.dim(1)? < length {
        bail!(
            "input `noise` has {} samples, where the mel makes {length}",
            drawn.dim(1)?
        );
    }
    drawn.narrow(1, 0, length)
}

#[cfg(test)]
mod tests {
    use super::{AudioStage, DecodeStage, F0Stage, SourceStage};
    use crate::testing::{some_weights, tiny};
    use candle_core::{DType, Device, Result, Tensor};
    use stage::{Inputs, Stage};
    use std::collections::HashMap;

    type Case = (Box<dyn Stage>, &'static str, &'static [&'static str]);

    fn stages() -> Result<[Case; 4]> {
        let (vb, config) = (some_weights, tiny);
        Ok([
            (
                Box::new(F0Stage::load(vb(), config())?),
                "f0",
                &["mel", "finalize"],
            ),
            (
                Box::new(SourceStage::load(vb(), config())?),
                "source",
                &["f0", "noise"],
            ),
            (
                Box::new(DecodeStage::load(vb(), config())?),
                "audio",
                &["mel", "source", "finalize"],
            ),
            (
                Box::new(AudioStage::load(vb(), config())?),
                "audio",
                &["mel", "noise", "finalize"],
            ),
        ])
    }

    fn inputs() -> Result<HashMap<String, Tensor>> {
        let ones = |shape: &[usize]| Tensor::ones(shape, DType::F32, &Device::Cpu);
        let named = [
            ("mel", ones(&[1, 3, 10])?),
            ("f0", ones(&[1, 10])?),
            ("noise", ones(&[1, 480, 3])?),
            ("source", ones(&[1, 1, 480])?),
            ("finalize", Tensor::new(&[1i64], &Device::Cpu)?),
        ];
        Ok(named.map(|(name, tensor)| (name.to_owned(), tensor)).into())
    }

    #[test]
    fn each_gives_its_output() -> Result<()> {
        let lengths = [10, 480, 480, 480];
        for ((stage, output, _), length) in stages()?.iter().zip(lengths) {
            let outputs = stage.run(&mut Inputs::new(inputs()?))?;
            assert_eq!(outputs[*output].elem_count(), length);
        }
        Ok(())
    }

    #[test]
    fn each_needs_its_inputs_in_the_right_length() -> Result<()> {
        for (stage, _, needed) in stages()? {
            for name in needed {
                let mut missing = inputs()?;
                missing.remove(*name);
                let error = stage
                    .run(&mut Inputs::new(missing))
                    .unwrap_err()
                    .to_string();
                assert!(
                    error.starts_with(&format!("input `{name}` is missing")),
                    "{error}"
                );
            }
            let mut short = inputs()?;
            let last = needed[1].replace("finalize", "mel");
            let shape = short[&last]
                .dims()
                .iter()
                .map(|size| size - 1)
                .collect::<Vec<_>>();
            short.insert(last.clone(), Tensor::ones(shape, DType::F32, &Device::Cpu)?);
            let error = stage.run(&mut Inputs::new(short)).unwrap_err().to_string();
            assert!(
                error.starts_with(&format!("input `{last}`: expected")),
                "{error}"
            );
        }
        Ok(())
    }
}
