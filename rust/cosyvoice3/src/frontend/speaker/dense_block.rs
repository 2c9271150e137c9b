//! Densely connected time-delay layers.

use super::cam_layer::CamLayer;
use super::config::Config;
use super::norm::NormRelu;
use candle_core::{Result, Tensor};
use candle_nn::{Conv1d, Module, VarBuilder, conv1d_no_bias};

/// Layers of which each sees the channels of all before it.
///
/// Original: `layers.py`, `CAMDenseTDNNBlock`.
#[derive(Debug)]
pub struct DenseBlock {
    layers: Vec<DenseLayer>,
}

impl DenseBlock {
    /// Reads `count` layers, the first of which sees `channels`.
    ///
    /// # Errors
    /// If a weight is missing or has another shape.
    pub fn new(
        config: &Config,
        channels: usize,
        count: usize,
        dilation: usize,
        vb: VarBuilder,
    ) -> Result<Self> {
        let layer = |i: usize| {
            let vb = vb.pp(format!("tdnnd{}", i + 1));
            DenseLayer::new(config, channels + i * config.growth, dilation, vb)
        };
        Ok(Self {
            layers: (0..count).map(layer).collect::<Result<_>>()?,
        })
    }

    /// x `[B, C, T]` → `[B, C + count·growth, T]`.
    ///
    /// # Errors
    /// If the shapes do not fit.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let append = |x: Tensor, layer: &DenseLayer| Tensor::cat(&[&x, &layer.forward(&x)?], 1);
        self.layers.iter().try_fold(x.clone(), append)
    }
}

/// What one layer adds.
///
/// Original: `layers.py`, `CAMDenseTDNNLayer`.
#[derive(Debug)]
struct DenseLayer {
    nonlinear1: NormRelu,
    linear1: Conv1d,
    nonlinear2: NormRelu,
    cam_layer: CamLayer,
}

impl DenseLayer {
    fn new(config: &Config, channels: usize, dilation: usize, vb: VarBuilder) -> Result<Self> {
        let inner = config.inner();
        Ok(Self {
            nonlinear1: NormRelu::new(channels, vb.pp("nonlinear1.batchnorm"))?,
            linear1: conv1d_no_bias(channels, inner, 1, Default::default(), vb.pp("linear1"))?,
            nonlinear2: NormRelu::new(inner, vb.pp("nonlinear2.batchnorm"))?,
            cam_layer: CamLayer::new(config, dilation, vb.pp("cam_layer"))?,
        })
    }

    /// x `[B, C, T]` → `[B, growth, T]`.
    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let x = self.linear1.forward(&self.nonlinear1.forward(x)?)?;
        self.cam_layer.forward(&self.nonlinear2.forward(&x)?)
    }
}
