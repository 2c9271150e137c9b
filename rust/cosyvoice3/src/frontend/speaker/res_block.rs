//! A residual block of the head.

use super::norm::NormRelu;
use super::strided_conv::{StridedConv, every};
use candle_core::{Result, Tensor};
use candle_nn::{BatchNorm, Conv2d, Module, ModuleT, VarBuilder, batch_norm, conv2d_no_bias};

/// Two convolutions over bands and frames, and a shortcut, which is a convolution where the bands become fewer.
///
/// Original: `layers.py`, `BasicResBlock`.
#[derive(Debug)]
pub struct ResBlock {
    conv1: StridedConv,
    bn1: NormRelu,
    conv2: StridedConv,
    bn2: BatchNorm,
    shortcut: Option<(Conv2d, BatchNorm)>,
    stride: usize,
}

impl ResBlock {
    /// Reads the block's weights.
    ///
    /// # Errors
    /// If one is missing or has another shape.
    pub fn new(channels: usize, stride: usize, vb: VarBuilder) -> Result<Self> {
        Ok(Self {
            conv1: StridedConv::new(channels, channels, stride, vb.pp("conv1"))?,
            bn1: NormRelu::new(channels, vb.pp("bn1"))?,
            conv2: StridedConv::new(channels, channels, 1, vb.pp("conv2"))?,
            bn2: batch_norm(channels, 1e-5, vb.pp("bn2"))?,
            shortcut: match stride {
                1 => None,
                _ => Some(shortcut(channels, vb.pp("shortcut"))?),
            },
            stride,
        })
    }

    /// x `[B, C, M, T]` → `[B, C, ⌈M / stride⌉, T]`.
    ///
    /// # Errors
    /// If the shapes do not fit.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let inner = self.bn1.forward(&self.conv1.forward(x)?)?;
        let inner = self.bn2.forward_t(&self.conv2.forward(&inner)?, false)?;
        let outer = match &self.shortcut {
            None => x.clone(),
            Some((conv, norm)) => norm.forward_t(&conv.forward(&every(x, self.stride)?)?, false)?,
        };
        (inner + outer)?.relu()
    }
}

fn shortcut(channels: usize, vb: VarBuilder) -> Result<(Conv2d, BatchNorm)> {
    let conv = conv2d_no_bias(channels, channels, 1, Default::default(), vb.pp(0))?;
    Ok((conv, batch_norm(channels, 1e-5, vb.pp(1))?))
}
