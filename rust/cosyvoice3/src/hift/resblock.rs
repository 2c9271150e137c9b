//! Residual blocks with a periodic activation.

use super::causal_conv::LeftConv;
use super::snake::Snake;
use candle_core::{Result, Tensor};
use candle_nn::VarBuilder;

/// For every dilation: Snake, dilated convolution, Snake, convolution, added to what went in.
///
/// Original: `cosyvoice/hifigan/generator.py:46`, `ResBlock` with `causal=True`.
#[derive(Debug)]
pub struct ResBlock {
    rounds: Vec<Round>,
}

#[derive(Debug)]
struct Round {
    activation1: Snake,
    conv1: LeftConv,
    activation2: Snake,
    conv2: LeftConv,
}

impl ResBlock {
    /// Reads `activations1`, `convs1`, `activations2` and `convs2`.
    ///
    /// # Errors
    /// If a weight is missing or has another shape.
    pub fn new(
        channels: usize,
        kernel: usize,
        dilations: &[usize],
        vb: VarBuilder,
    ) -> Result<Self> {
        let conv = |kind: &str, i: usize, dilation| {
            LeftConv::new(channels, channels, kernel, dilation, vb.pp(kind).pp(i))
        };
        let snake = |kind: &str, i: usize| Snake::new(channels, vb.pp(kind).pp(i));
        let round = |(i, &dilation): (usize, &usize)| {
            Ok(Round {
                activation1: snake("activations1", i)?,
                conv1: conv("convs1", i, dilation)?,
                activation2: snake("activations2", i)?,
                conv2: conv("convs2", i, 1)?,
            })
        };
        let rounds = dilations.iter().enumerate().map(round);
        Ok(Self {
            rounds: rounds.collect::<Result<_>>()?,
        })
    }

    /// x `[B, C, T]` → `[B, C, T]`.
    ///
    /// # Errors
    /// If x has another number of channels.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let mut x = x.clone();
        for (i, round) in self.rounds.iter().enumerate() {
            let y = tap::tap(
                &format!("activations1.{i}"),
                &round.activation1.forward(&x)?,
            )?;
            let y = round.conv1.forward(&y)?;
            let y = tap::tap(
                &format!("activations2.{i}"),
                &round.activation2.forward(&y)?,
            )?;
            x = (round.conv2.forward(&y)? + x)?;
        }
        tap::output(&x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_close, normalised, ramp, ramp_from, weights};
    use candle_core::Device;

    /* This test is based on the following script.
    def snake(x, a): return x + torch.sin(a * x) ** 2 / (a + 1e-9)
    def left(x, w, d): return conv1d(pad(x, (2 * d, 0)), w, ramp(2), dilation=d)
    x, a = ramp(1, 2, 4), torch.tensor([0.5, 2.0])[:, None]
    for i, d in enumerate((1, 3)):
        y = left(snake(x, a), ramp(2, 2, 3, first=i), d)
        x = left(snake(y, 2 * a), ramp(2, 2, 3, first=i + 5), 1) + x
    print(x)
    */
    #[test]
    fn only_the_first_convolution_of_a_pair_is_dilated() -> Result<()> {
        let alpha = Tensor::new(&[0.5f32, 2.0], &Device::Cpu)?;
        let mut named = Vec::new();
        for i in 0..2 {
            named.extend(normalised(&format!("convs1.{i}"), ramp_from(i, (2, 2, 3))));
            named.extend(normalised(
                &format!("convs2.{i}"),
                ramp_from(i + 5, (2, 2, 3)),
            ));
            named.push((format!("activations1.{i}.alpha"), alpha.clone()));
            named.push((format!("activations2.{i}.alpha"), (&alpha * 2.0)?));
        }
        let block = ResBlock::new(2, 3, &[1, 3], weights(named))?;
        let want = [
            -1.49113, -0.957779, -1.628362, -0.503993, // channel 0
            0.4512, 0.444488, 0.972412, 0.24892, // channel 1
        ];
        assert_close(&block.forward(&ramp((1, 2, 4)))?, &want)
    }
}
