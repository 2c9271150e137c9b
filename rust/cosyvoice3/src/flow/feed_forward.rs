//! The feed-forward of a block.

use super::config::Config;
use candle_core::{Result, Tensor};
use candle_nn::{Linear, Module, VarBuilder, linear};

/// Feed-forward: GELU, in its tanh form, between two linear layers.
///
/// Original: `cosyvoice/flow/DiT/modules.py:271`, `FeedForward`.
#[derive(Debug)]
pub struct FeedForward {
    project_in: Linear,
    project_out: Linear,
}

impl FeedForward {
    /// Reads `ff.0.0`, D → D·mult, and `ff.2`, back.
    ///
    /// # Errors
    /// If a weight is missing or has another shape.
    pub fn new(config: &Config, vb: VarBuilder) -> Result<Self> {
        let (dim, hidden) = (config.dim, config.dim * config.ff_mult);
        Ok(Self {
            project_in: linear(dim, hidden, vb.pp("ff.0.0"))?,
            project_out: linear(hidden, dim, vb.pp("ff.2"))?,
        })
    }

    /// x `[B, T, D]` → `[B, T, D]`.
    ///
    /// # Errors
    /// If x has another width.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let hidden = self.project_in.forward(x)?;
        let hidden = hidden.gelu()?;
        self.project_out.forward(&hidden)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_close, ramp, tiny, weights};

    /* This test is based on the following script.
    h = gelu(linear(ramp(1, 2, 2), ramp(4, 2), ramp(4)), approximate="tanh")
    print(linear(h, ramp(2, 4), ramp(2)))
    */
    #[test]
    fn feed_forward_has_the_tanh_form_of_gelu() -> Result<()> {
        let vb = weights([
            ("ff.0.0.weight", ramp((4, 2))),
            ("ff.0.0.bias", ramp(4)),
            ("ff.2.weight", ramp((2, 4))),
            ("ff.2.bias", ramp(2)),
        ]);
        let ff = FeedForward::new(&Config { dim: 2, ..tiny() }, vb)?;
        assert_close(
            &ff.forward(&ramp((1, 2, 2)))?,
            &[-0.28766, 0.06569, -0.209774, 0.034771],
        )
    }
}
