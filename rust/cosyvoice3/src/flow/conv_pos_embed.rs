//! Positions by causal convolutions.

use super::activation::mish;
use super::config::Config;
use candle_core::{Result, Tensor};
use candle_nn::{Conv1d, Conv1dConfig, Module, VarBuilder, conv1d};

/// Two grouped convolutions over time, each causal (zeros on the left only) and followed by Mish.
///
/// Original: `cosyvoice/flow/DiT/modules.py:115`, `CausalConvPositionEmbedding`.
#[derive(Debug)]
pub struct ConvPosEmbed {
    conv1: Conv1d,
    conv2: Conv1d,
    left: usize,
}

impl ConvPosEmbed {
    /// Reads `conv1.0` and `conv2.0`, weight `[D, D/groups, kernel]`.
    ///
    /// # Errors
    /// If a weight is missing or has another shape.
    pub fn new(config: &Config, vb: VarBuilder) -> Result<Self> {
        let (dim, kernel) = (config.dim, config.conv_kernel);
        let groups = Conv1dConfig {
            groups: config.conv_groups,
            ..Default::default()
        };
        Ok(Self {
            conv1: conv1d(dim, dim, kernel, groups, vb.pp("conv1.0"))?,
            conv2: conv1d(dim, dim, kernel, groups, vb.pp("conv2.0"))?,
            left: kernel - 1,
        })
    }

    /// x `[B, T, D]` → `[B, T, D]`.
    ///
    /// # Errors
    /// If x has another width.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let x = self.pad(&x.transpose(1, 2)?)?;
        let x = mish(&self.conv1.forward(&x)?)?;
        let x = self.pad(&x)?;
        let x = mish(&self.conv2.forward(&x)?)?;
        x.transpose(1, 2)
    }

    /// `[B, D, T]` → `[B, D, kernel − 1 + T]`.
    fn pad(&self, x: &Tensor) -> Result<Tensor> {
        x.pad_with_zeros(2, self.left, 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_close, ramp, tiny, weights};

    fn embed() -> Result<ConvPosEmbed> {
        let (weight, bias) = (ramp((4, 2, 3)), ramp(4));
        let vb = weights([
            ("conv1.0.weight", weight.clone()),
            ("conv1.0.bias", bias.clone()),
            ("conv2.0.weight", weight),
            ("conv2.0.bias", bias),
        ]);
        ConvPosEmbed::new(&tiny(), vb)
    }

    /* This test is based on the following script.
    x = ramp(1, 3, 4).transpose(1, 2)
    for _ in range(2):
        x = mish(conv1d(pad(x, (2, 0)), ramp(4, 2, 3), ramp(4), groups=2))
    print(x.transpose(1, 2))
    */
    #[test]
    fn two_grouped_convolutions_are_torchs() -> Result<()> {
        let want = [
            -0.226605, 0.117858, -0.037067, 0.433989, // frame 0
            -0.230879, 0.110103, -0.11202, 0.259934, // frame 1
            -0.157892, 0.107178, -0.162663, 0.185439, // frame 2
        ];
        assert_close(&embed()?.forward(&ramp((1, 3, 4)))?, &want)
    }

    #[test]
    fn a_frame_sees_no_later_one() -> Result<()> {
        let (embed, x) = (embed()?, ramp((1, 7, 4)));
        let all = embed.forward(&x)?.narrow(1, 0, 5)?;
        let first = embed.forward(&x.narrow(1, 0, 5)?)?;
        assert_close(&all, &first.flatten_all()?.to_vec1::<f32>()?)
    }
}
