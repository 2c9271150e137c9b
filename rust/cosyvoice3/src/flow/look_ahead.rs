//! What a token knows of those after it.

use super::config::EmbedConfig;
use candle_core::{Result, Tensor};
use candle_nn::ops::leaky_relu;
use candle_nn::{Conv1d, Conv1dConfig, Module, VarBuilder, conv1d};

const SLOPE: f64 = 0.01;
const KERNEL: usize = 3;

/// Adds to every token what two convolutions make of it, of the tokens ahead and of two before.
///
/// Original: `cosyvoice/transformer/upsample_encoder.py:66`, `PreLookaheadLayer`.
#[derive(Debug)]
pub struct LookAhead {
    conv1: Conv1d,
    conv2: Conv1d,
    ahead: usize,
}

impl LookAhead {
    /// Reads `conv1`, weight `[H, C, ahead + 1]`, and `conv2`, weight `[C, H, 3]`.
    ///
    /// # Errors
    /// If a weight is missing or has another shape.
    pub fn new(config: &EmbedConfig, vb: VarBuilder) -> Result<Self> {
        let (width, hidden) = (config.input_size, config.pre_lookahead_channels);
        let ahead = config.pre_lookahead_len;
        let plain = Conv1dConfig::default();
        Ok(Self {
            conv1: conv1d(width, hidden, ahead + 1, plain, vb.pp("conv1"))?,
            conv2: conv1d(hidden, width, KERNEL, plain, vb.pp("conv2"))?,
            ahead,
        })
    }

    /// x `[B, N, C]` → `[B, N, C]`. Behind the last token come `context` `[B, ahead, C]`, or zeros.
    ///
    /// # Errors
    /// If the shapes do not fit.
    pub fn forward(&self, x: &Tensor, context: Option<&Tensor>) -> Result<Tensor> {
        let followed = match context {
            Some(context) => Tensor::cat(&[x, context], 1)?,
            None => x.pad_with_zeros(1, 0, self.ahead)?,
        };
        let hidden = self.conv1.forward(&followed.transpose(1, 2)?)?;
        let hidden = leaky_relu(&hidden, SLOPE)?;
        let hidden = hidden.pad_with_zeros(2, KERNEL - 1, 0)?;
        let seen = self.conv2.forward(&hidden)?.transpose(1, 2)?;
        tap::output(&(seen + x)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_close, ramp, ramp_from, tiny_embed, weights};

    fn layer() -> Result<LookAhead> {
        let vb = weights([
            ("conv1.weight", ramp((3, 2, 3))),
            ("conv1.bias", ramp(3)),
            ("conv2.weight", ramp((2, 3, 3))),
            ("conv2.bias", ramp(2)),
        ]);
        LookAhead::new(&tiny_embed(), vb)
    }

    /* This test is based on the following script.
    def layer(x, ahead):
        h = leaky_relu(conv1d(torch.cat((x, ahead), 1).transpose(1, 2), ramp(3, 2, 3), ramp(3)))
        return conv1d(pad(h, (2, 0)), ramp(2, 3, 3), ramp(2)).transpose(1, 2) + x
    x = ramp(1, 3, 2)
    print(layer(x, torch.zeros(1, 2, 2)), layer(x, ramp(1, 2, 2, first=4)))
    */
    #[test]
    fn the_layer_is_torchs() -> Result<()> {
        let want = [-1.03402, 0.45851, -0.77734, 0.82777, -0.35457, -0.05849];
        assert_close(&layer()?.forward(&ramp((1, 3, 2)), None)?, &want)
    }

    #[test]
    fn what_follows_is_seen() -> Result<()> {
        let want = [-1.03402, 0.45851, -0.86566, 0.96597, -0.34491, -0.08089];
        let context = ramp_from(4, (1, 2, 2));
        assert_close(&layer()?.forward(&ramp((1, 3, 2)), Some(&context))?, &want)
    }

    #[test]
    fn a_token_sees_so_many_ahead_and_no_more() -> Result<()> {
        let (layer, x) = (layer()?, ramp((1, 7, 2)));
        let (first, rest) = (x.narrow(1, 0, 4)?, x.narrow(1, 4, 2)?);
        let all = layer.forward(&x, None)?.narrow(1, 0, 4)?;
        let first = layer.forward(&first, Some(&rest))?;
        assert_close(&all, &first.flatten_all()?.to_vec1::<f32>()?)
    }
}
