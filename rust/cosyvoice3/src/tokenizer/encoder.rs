//! The encoder.

use super::block::Block;
use super::config::Config;
use super::mask::{Seen, halved};
use candle_core::{Result, Tensor};
use candle_nn::{Conv1d, Conv1dConfig, Module, VarBuilder, conv1d};
use llm::rotary::Rotation;

const THETA: f32 = 10000.0;

/// Two convolutions that take 100 frames a second to 25 positions, and transformer blocks.
///
/// Original: `s3tokenizer/model_v3.py:86`, `AudioEncoderV3`.
#[derive(Debug)]
pub struct Encoder {
    conv1: Conv1d,
    conv2: Conv1d,
    blocks: Vec<Block>,
    head_dim: usize,
}

impl Encoder {
    /// Reads `conv1`, `conv2` and `blocks`.
    ///
    /// # Errors
    /// If a weight is missing or has another shape.
    pub fn new(config: &Config, vb: VarBuilder) -> Result<Self> {
        let dim = config.n_audio_state;
        let halving = Conv1dConfig {
            padding: 1,
            stride: 2,
            ..Default::default()
        };
        let block = |i| Block::new(config, vb.pp("blocks").pp(i));
        Ok(Self {
            conv1: conv1d(config.n_mels, dim, 3, halving, vb.pp("conv1"))?,
            conv2: conv1d(dim, dim, 3, halving, vb.pp("conv2"))?,
            blocks: (0..config.n_audio_layer)
                .map(block)
                .collect::<Result<_>>()?,
            head_dim: config.head_dim(),
        })
    }

    /// Mel `[B, M, T]` and lengths `[B]`, int64 → `[B, ⌈T/4⌉, D]` and lengths.
    ///
    /// # Errors
    /// If the shapes do not fit.
    pub fn forward(&self, mel: &Tensor, lengths: &Tensor) -> Result<(Tensor, Tensor)> {
        let x = halve(&self.conv1, mel, lengths)?;
        let lengths = halved(lengths)?;
        let x = halve(&self.conv2, &x, &lengths)?;
        let lengths = halved(&lengths)?;
        let mut x = x.transpose(1, 2)?.contiguous()?;
        let seen = Seen::new(&lengths, x.dim(1)?)?;
        let rotation = Rotation::new(THETA, self.head_dim, 0, x.dim(1)?)?;
        for (i, block) in self.blocks.iter().enumerate() {
            let name = format!("encoder.blocks.{i}");
            x = tap::scope(&name, || block.forward(&x, &seen, &rotation))?;
        }
        Ok((x, lengths))
    }
}

/// A convolution of x `[B, C, T]` without its padding, and GELU: `[B, D, ⌈T/2⌉]`.
fn halve(conv: &Conv1d, x: &Tensor, lengths: &Tensor) -> Result<Tensor> {
    let x = Seen::new(lengths, x.dim(2)?)?.clear(x)?;
    conv.forward(&x)?.gelu_erf()
}
