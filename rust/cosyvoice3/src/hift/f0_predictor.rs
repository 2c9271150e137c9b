//! The pitch that a mel spectrogram implies.

use super::causal_conv::{LeftConv, RightConv};
use super::config::Config;
use candle_core::{D, DType, Result, Tensor};
use candle_nn::{Linear, Module, VarBuilder, linear};

const KERNEL_AHEAD: usize = 4;
const KERNEL: usize = 3;
const PAST_LAYERS: usize = 4;

/// Five convolutions, each followed by ELU, and a projection. The first one looks three frames ahead, the others see
/// the past.
///
/// All of it in float64, as the original does, because the phase of the source is a sum over all frames before.
///
/// Original: `cosyvoice/hifigan/f0_predictor.py:61`, `CausalConvRNNF0Predictor`, and
/// `cosyvoice/hifigan/generator.py:716`.
#[derive(Debug)]
pub struct F0Predictor {
    ahead: RightConv,
    past: Vec<LeftConv>,
    classifier: Linear,
}

impl F0Predictor {
    /// Reads `condnet` and `classifier`, as float64 whatever dtype `vb` has.
    ///
    /// # Errors
    /// If a weight is missing or has another shape.
    pub fn new(config: &Config, vb: VarBuilder) -> Result<Self> {
        let vb = vb.to_dtype(DType::F64);
        let (bands, width, layers) = (
            config.in_channels,
            config.f0_cond_channels,
            vb.pp("condnet"),
        );
        // Every second entry of the original's sequence is an activation.
        let past = |i: usize| LeftConv::new(width, width, KERNEL, 1, layers.pp(2 * i));
        Ok(Self {
            ahead: RightConv::new(bands, width, KERNEL_AHEAD, layers.pp(0))?,
            past: (1..=PAST_LAYERS).map(past).collect::<Result<_>>()?,
            classifier: linear(width, 1, vb.pp("classifier"))?,
        })
    }

    /// Mel frames that it looks ahead.
    pub fn look(&self) -> usize {
        self.ahead.look
    }

    /// mel `[B, M, T]` → Hz `[B, T]`, or `[B, T − 3]` where more is to come; in mel's dtype.
    ///
    /// # Errors
    /// If mel has another number of bands, or more is to come after three frames or less.
    pub fn forward(&self, mel: &Tensor, finalize: bool) -> Result<Tensor> {
        let x = self.ahead.forward(&mel.to_dtype(DType::F64)?, finalize)?;
        let mut x = x.elu(1.0)?;
        for layer in &self.past {
            x = layer.forward(&x)?.elu(1.0)?;
        }
        let f0 = self.classifier.forward(&x.transpose(1, 2)?)?;
        let f0 = tap::tap("f0_predictor", &f0.squeeze(D::Minus1)?.abs()?)?;
        f0.to_dtype(mel.dtype())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_close, normalised, ramp, ramp_from, tiny, weights};

    fn predictor() -> Result<F0Predictor> {
        let mut named = Vec::from(normalised("condnet.0", ramp((4, 3, 4))));
        for i in 1..5 {
            named.extend(normalised(
                &format!("condnet.{}", 2 * i),
                ramp_from(i, (4, 4, 3)),
            ));
        }
        named.push(("classifier.weight".to_owned(), ramp((1, 4))));
        named.push(("classifier.bias".to_owned(), ramp(1)));
        F0Predictor::new(&tiny(), weights(named))
    }

    /* This test is based on the following script.
    for mel in (pad(ramp(1, 3, 5), (0, 3)), ramp(1, 3, 5)):
        x = elu(conv1d(mel, ramp(4, 3, 4), ramp(4)))
        for i in range(1, 5):
            x = elu(conv1d(pad(x, (2, 0)), ramp(4, 4, 3, first=i), ramp(4)))
        print(linear(x.transpose(1, 2), ramp(1, 4), ramp(1)).squeeze(-1).abs())
    */
    #[test]
    fn frames_that_are_only_looked_at_have_no_pitch() -> Result<()> {
        let (predictor, mel) = (predictor()?, ramp((1, 3, 5)));
        let want = [0.038904, 0.226763, 0.188235, 0.193577, 0.140397];
        assert_close(&predictor.forward(&mel, true)?, &want)?;
        assert_close(&predictor.forward(&mel, false)?, &want[..2])
    }
}
