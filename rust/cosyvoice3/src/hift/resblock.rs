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
