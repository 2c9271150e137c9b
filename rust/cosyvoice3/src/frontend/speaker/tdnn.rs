//! Layers between the dense blocks.

use super::norm::NormRelu;
use super::position_conv::PositionConv;
use candle_core::{Result, Tensor};
use candle_nn::{Conv1d, Module, VarBuilder, conv1d_no_bias};

const KERNEL: usize = 5;

/// A convolution over five frames that halves their number.
///
/// Original: `layers.py`, `TDNNLayer`.
#[derive(Debug)]
pub struct Tdnn {
    linear: PositionConv,
    nonlinear: NormRelu,
}

impl Tdnn {
    /// Reads the layer's weights.
    ///
    /// # Errors
    /// If one is missing or has another shape.
    pub fn new(inward: usize, outward: usize, vb: VarBuilder) -> Result<Self> {
        Ok(Self {
            linear: PositionConv::new((outward, inward, KERNEL), 2, 1, vb.pp("linear"))?,
            nonlinear: NormRelu::new(outward, vb.pp("nonlinear.batchnorm"))?,
        })
    }

    /// x `[B, in, T]` → `[B, out, ⌈T / 2⌉]`.
    ///
    /// # Errors
    /// If the shapes do not fit.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.nonlinear.forward(&self.linear.forward(x)?)
    }
}

/// Halves the channels.
///
/// Original: `layers.py`, `TransitLayer`.
#[derive(Debug)]
pub struct Transit {
    nonlinear: NormRelu,
    linear: Conv1d,
}

impl Transit {
    /// Reads the layer's weights.
    ///
    /// # Errors
    /// If one is missing or has another shape.
    pub fn new(channels: usize, vb: VarBuilder) -> Result<Self> {
        Ok(Self {
            nonlinear: NormRelu::new(channels, vb.pp("nonlinear.batchnorm"))?,
            linear: conv1d_no_bias(
                channels,
                channels / 2,
                1,
                Default::default(),
                vb.pp("linear"),
            )?,
        })
    }

    /// x `[B, C, T]` → `[B, C / 2, T]`.
    ///
    /// # Errors
    /// If the shapes do not fit.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.linear.forward(&self.nonlinear.forward(x)?)
    }
}
