//! Batch norms with the statistics of the training.

use candle_core::{Result, Tensor};
use candle_nn::{BatchNorm, ModuleT, VarBuilder, batch_norm};

const EPSILON: f64 = 1e-5;

/// A batch norm, not folded into the convolution before it, and ReLU.
#[derive(Debug)]
pub struct NormRelu(BatchNorm);

impl NormRelu {
    /// Reads scale, shift and statistics `[C]`.
    ///
    /// # Errors
    /// If one is missing or has another shape.
    pub fn new(channels: usize, vb: VarBuilder) -> Result<Self> {
        batch_norm(channels, EPSILON, vb).map(Self)
    }

    /// x `[B, C, …]` → the same shape.
    ///
    /// # Errors
    /// If the shapes do not fit.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.0.forward_t(x, false)?.relu()
    }
}
