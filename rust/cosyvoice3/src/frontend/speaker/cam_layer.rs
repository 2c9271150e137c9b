//! A convolution that is weighted by its context.

use super::config::Config;
use super::position_conv::PositionConv;
use super::segments::segment_means;
use crate::mean::mean;
use candle_core::{Result, Tensor};
use candle_nn::ops::sigmoid;
use candle_nn::{Conv1d, Module, VarBuilder, conv1d};

/// A convolution each channel of which is weighted by what the segment and the whole wav are like.
///
/// Original: `layers.py`, `CAMLayer`.
#[derive(Debug)]
pub struct CamLayer {
    linear_local: PositionConv,
    linear1: Conv1d,
    linear2: Conv1d,
    segment: usize,
    name: String,
}

impl CamLayer {
    /// Reads the layer's weights.
    ///
    /// # Errors
    /// If one is missing or has another shape.
    pub fn new(config: &Config, dilation: usize, vb: VarBuilder) -> Result<Self> {
        let (inner, growth) = (config.inner(), config.growth);
        Ok(Self {
            linear_local: PositionConv::new(
                (growth, inner, 3),
                1,
                dilation,
                vb.pp("linear_local"),
            )?,
            linear1: conv1d(inner, inner / 2, 1, Default::default(), vb.pp("linear1"))?,
            linear2: conv1d(inner / 2, growth, 1, Default::default(), vb.pp("linear2"))?,
            segment: config.segment,
            name: vb.prefix(),
        })
    }

    /// x `[B, inner, T]` → `[B, growth, T]`.
    ///
    /// # Errors
    /// If the shapes do not fit.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let context = segment_means(x, self.segment)?.broadcast_add(&mean(x, 2)?)?;
        let context = tap::tap(&self.named("context"), &context)?;
        let weight = self
            .linear2
            .forward(&self.linear1.forward(&context)?.relu()?)?;
        let weight = tap::tap(&self.named("sigmoid"), &sigmoid(&weight)?)?;
        tap::tap(&self.name, &(self.linear_local.forward(x)? * weight)?)
    }

    fn named(&self, tap: &str) -> String {
        format!("{}.{tap}", self.name)
    }
}
