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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{ramp, some_weights, tiny, weights};
    use candle_core::{DType, Device};
    use proptest::prelude::*;

    fn vocoder() -> Vocoder {
        Vocoder::new(&tiny(), some_weights()).unwrap()
    }

    fn noise(frames: usize) -> Tensor {
        (ramp((1, frames * 48, 3)) + 0.5).unwrap()
    }

    #[test]
    fn a_frame_becomes_as_many_samples_as_the_rates_multiply_to() -> Result<()> {
        let sound = vocoder().forward(&ramp((1, 3, 1)), &noise(1), true)?;
        assert_eq!(sound.dims(), [1, 48]);
        Ok(())
    }

    #[test]
    fn a_checkpoint_may_have_discriminators_beside_the_generator() -> Result<()> {
        let bias = Tensor::zeros(1, DType::F32, &Device::Cpu)?;
        for key in ["generator.conv_pre.bias", "conv_pre.bias"] {
            root(weights([(key, bias.clone())])).get(1, "conv_pre.bias")?;
        }
        Ok(())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn what_comes_later_changes_nothing_that_was_said(first in 9usize..20, more in 0usize..12) {
            let (vocoder, all) = (vocoder(), first + more);
            let mel = ramp((1, 3, all));
            let whole = vocoder.forward(&mel, &noise(all), true).unwrap();
            let said = vocoder.forward(&mel.narrow(2, 0, first).unwrap(), &noise(first), false).unwrap();
            prop_assert_eq!(said.dims(), [1, (first - 8) * 48]);
            let whole = whole.narrow(1, 0, (first - 8) * 48).unwrap();
            let size = said.sqr().unwrap().mean_all().unwrap().to_scalar::<f32>().unwrap().sqrt();
            prop_assert!((0.01..0.9).contains(&size), "{}", size);
            let far = (said - whole).unwrap().abs().unwrap().max_all().unwrap().to_scalar::<f32>().unwrap();
            prop_assert!(far < 1e-5, "{}", far);
        }
    }
}
