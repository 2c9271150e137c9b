//! The memory beside the attention.

use super::mask::Seen;
use candle_core::{Result, Tensor};
use candle_nn::{Conv1d, Conv1dConfig, Module, VarBuilder, conv1d_no_bias};

const KERNEL: usize = 31;

/// A feed-forward sequential memory network: x + a depthwise convolution of x over 31 positions, centred.
///
/// Original: `s3tokenizer/model_v2.py:178`, `FSMNMultiHeadAttention.forward_fsmn`.
#[derive(Debug)]
pub struct Memory {
    fsmn_block: Conv1d,
}

impl Memory {
    /// Reads `weight` `[D, 1, 31]`.
    ///
    /// # Errors
    /// If the weight is missing or has another shape.
    pub fn new(dim: usize, vb: VarBuilder) -> Result<Self> {
        let depthwise = Conv1dConfig {
            padding: KERNEL / 2,
            groups: dim,
            ..Default::default()
        };
        Ok(Self {
            fsmn_block: conv1d_no_bias(dim, dim, KERNEL, depthwise, vb)?,
        })
    }

    /// x `[B, T, D]` → `[B, T, D]`, zero at padding.
    ///
    /// # Errors
    /// If the shapes do not fit.
    pub fn forward(&self, x: &Tensor, seen: &Seen) -> Result<Tensor> {
        let x = seen.clear_last(x)?;
        let around = self.fsmn_block.forward(&x.transpose(1, 2)?.contiguous()?)?;
        seen.clear_last(&(around.transpose(1, 2)? + x)?)
    }
}

#[cfg(test)]
mod tests {
    use super::Memory;
    use crate::mask::Seen;
    use candle_core::{Device, Result, Tensor};
    use fixtures::{assert_close, ramp, weights};

    /* This test is based on the following script.
    x, keep = ramp(1, 3, 2), torch.tensor([1.0, 1, 0])[None, :, None]
    y = conv1d(pad((x * keep).transpose(1, 2), (15, 15)), ramp(2, 1, 31), groups=2).transpose(1, 2)
    print((y + x * keep) * keep)
    */
    #[test]
    fn the_memory_is_centred_and_sees_no_padding() -> Result<()> {
        let memory = Memory::new(2, weights([("weight", ramp((2, 1, 31)))]))?;
        let seen = Seen::new(&Tensor::new(&[2i64], &Device::Cpu)?, 3)?;
        assert_close(
            &memory.forward(&ramp((1, 3, 2)), &seen)?,
            &[-0.49, 0.41, -0.47, 0.44, 0.0, 0.0],
        )
    }
}
