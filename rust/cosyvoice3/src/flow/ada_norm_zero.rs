//! What the time embedding makes of a block.

use super::config::Config;
use candle_core::{D, Result, Tensor};
use candle_nn::{Linear, Module, VarBuilder, linear};

/// What the time embedding makes of one block, each `[B, 1, D]`.
#[derive(Debug)]
pub struct BlockModulation {
    /// Added to the attention's input.
    pub shift_attn: Tensor,
    /// Scales the attention's input.
    pub scale_attn: Tensor,
    /// Scales the attention's output.
    pub gate_attn: Tensor,
    /// Added to the feed-forward's input.
    pub shift_ff: Tensor,
    /// Scales the feed-forward's input.
    pub scale_ff: Tensor,
    /// Scales the feed-forward's output.
    pub gate_ff: Tensor,
}

/// `AdaLayerNormZero`: the six modulations of a block are one linear layer of SiLU(t).
///
/// Original: `cosyvoice/flow/DiT/modules.py:230`, `AdaLayerNormZero`.
#[derive(Debug)]
pub struct AdaLayerNormZero {
    linear: Linear,
}

impl AdaLayerNormZero {
    /// Reads `linear`, D → 6·D.
    ///
    /// # Errors
    /// If a weight is missing or has another shape.
    pub fn new(config: &Config, vb: VarBuilder) -> Result<Self> {
        let linear = linear(config.dim, 6 * config.dim, vb.pp("linear"))?;
        Ok(Self { linear })
    }

    /// The modulations for the time embedding t `[B, D]`, in the order shift, scale, gate, twice.
    ///
    /// # Errors
    /// If t has another width.
    pub fn forward(&self, t: &Tensor) -> Result<BlockModulation> {
        let all = self.linear.forward(&t.silu()?)?;
        let parts = all.unsqueeze(1)?.chunk(6, D::Minus1)?;
        let [
            shift_attn,
            scale_attn,
            gate_attn,
            shift_ff,
            scale_ff,
            gate_ff,
        ] = parts.try_into().expect("six chunks");
        Ok(BlockModulation {
            shift_attn,
            scale_attn,
            gate_attn,
            shift_ff,
            scale_ff,
            gate_ff,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_close, ramp, tiny, weights};

    /* This test is based on the following script.
    print(linear(silu(ramp(1, 2)), ramp(12, 2), ramp(12)))
    */
    #[test]
    fn a_block_has_shift_before_scale_before_gate() -> Result<()> {
        let vb = weights([("linear.weight", ramp((12, 2))), ("linear.bias", ramp(12))]);
        let m = AdaLayerNormZero::new(&Config { dim: 2, ..tiny() }, vb)?.forward(&ramp((1, 2)))?;
        assert_close(&m.shift_attn, &[-0.383621, 0.292737])?;
        assert_close(&m.scale_attn, &[-0.251867, 0.424492])?;
        assert_close(&m.gate_attn, &[0.208498, -0.336106])?;
        assert_close(&m.shift_ff, &[0.340253, -0.083388])?;
        assert_close(&m.scale_ff, &[-0.299382, 0.256013])?;
        assert_close(&m.gate_ff, &[-0.167628, -0.383621])
    }
}
