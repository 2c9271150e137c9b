//! From a filter bank to channels over time.

use super::norm::NormRelu;
use super::res_block::ResBlock;
use super::strided_conv::StridedConv;
use candle_core::{Result, Tensor};
use candle_nn::VarBuilder;

/// The two-dimensional head: an eighth of the bands, each with its channels.
///
/// Original: `DTDNN.py`, `FCM`.
#[derive(Debug)]
pub struct Head {
    conv1: StridedConv,
    bn1: NormRelu,
    blocks: Vec<(&'static str, ResBlock)>,
    conv2: StridedConv,
    bn2: NormRelu,
}

impl Head {
    /// Reads the head's weights.
    ///
    /// # Errors
    /// If one is missing or has another shape.
    pub fn new(channels: usize, vb: VarBuilder) -> Result<Self> {
        let blocks = [
            ("layer1.0", 2),
            ("layer1.1", 1),
            ("layer2.0", 2),
            ("layer2.1", 1),
        ];
        let block = |(name, stride)| Ok((name, ResBlock::new(channels, stride, vb.pp(name))?));
        Ok(Self {
            conv1: StridedConv::new(1, channels, 1, vb.pp("conv1"))?,
            bn1: NormRelu::new(channels, vb.pp("bn1"))?,
            blocks: blocks.into_iter().map(block).collect::<Result<_>>()?,
            conv2: StridedConv::new(channels, channels, 2, vb.pp("conv2"))?,
            bn2: NormRelu::new(channels, vb.pp("bn2"))?,
        })
    }

    /// x `[B, M, T]` → `[B, C·M/8, T]`, the bands of each channel side by side.
    ///
    /// # Errors
    /// If the shapes do not fit.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let mut x = self.bn1.forward(&self.conv1.forward(&x.unsqueeze(1)?)?)?;
        for (name, block) in &self.blocks {
            x = tap::tap(&format!("head.{name}"), &block.forward(&x)?)?;
        }
        let x = self.bn2.forward(&self.conv2.forward(&x)?)?;
        tap::tap("head", &x.flatten(1, 2)?)
    }
}
