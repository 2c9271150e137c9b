//! Gated feed-forward.

use super::config::Config;
use candle_core::{Result, Tensor};
use candle_nn::{Linear, Module, VarBuilder, linear_no_bias};

/// down(SiLU(gate(x))·up(x)), without biases.
///
/// Original: transformers 4.51.3, `models/qwen2/modeling_qwen2.py:47`, `Qwen2MLP`.
#[derive(Debug)]
pub struct Mlp {
    gate_proj: Linear,
    up_proj: Linear,
    down_proj: Linear,
}

impl Mlp {
    /// Reads `gate_proj`, `up_proj` and `down_proj`.
    ///
    /// # Errors
    /// If a weight is missing or has another shape.
    pub fn new(config: &Config, vb: VarBuilder) -> Result<Self> {
        let (dim, hidden) = (config.hidden_size, config.intermediate_size);
        Ok(Self {
            gate_proj: linear_no_bias(dim, hidden, vb.pp("gate_proj"))?,
            up_proj: linear_no_bias(dim, hidden, vb.pp("up_proj"))?,
            down_proj: linear_no_bias(hidden, dim, vb.pp("down_proj"))?,
        })
    }

    /// x `[1, T, D]` → `[1, T, D]`.
    ///
    /// # Errors
    /// If x has another width.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let gate = self.gate_proj.forward(x)?.silu()?;
        let hidden = (gate * self.up_proj.forward(x)?)?;
        self.down_proj.forward(&hidden)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_close, ramp, ramp_from, tiny, weights};

    /* This test is based on the following script.
    x = ramp(1, 2, 2)
    print(linear(silu(linear(x, ramp(3, 2))) * linear(x, ramp(3, 2, first=1)), ramp(2, 3, first=2)))
    */
    #[test]
    fn the_gate_goes_through_silu() -> Result<()> {
        let config = Config {
            hidden_size: 2,
            intermediate_size: 3,
            ..tiny()
        };
        let vb = weights([
            ("gate_proj.weight", ramp((3, 2))),
            ("up_proj.weight", ramp_from(1, (3, 2))),
            ("down_proj.weight", ramp_from(2, (2, 3))),
        ]);
        assert_close(
            &Mlp::new(&config, vb)?.forward(&ramp((1, 2, 2)))?,
            &[-0.015138, -0.019629, -0.022849, -0.022652],
        )
    }
}
