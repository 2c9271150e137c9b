//! Rotary positions.

use candle_core::{DType, Device, Result, Tensor};
use candle_nn::rotary_emb::rope;

/// The rotations of T positions: cosines and sines, `[T, d/2]` each.
///
/// Original: transformers 4.51.3, `models/qwen2/modeling_qwen2.py:288`, `Qwen2RotaryEmbedding`, and `:70`,
/// `apply_rotary_pos_emb`.
#[derive(Debug)]
pub struct Rotation {
    cos: Tensor,
    sin: Tensor,
}

impl Rotation {
    /// The rotations of positions `start` to `start + positions` − 1, frequencies θ^(−2i/d), in float32, as the original
    /// computes them.
    ///
    /// # Errors
    /// If candle fails.
    pub fn new(theta: f32, head_dim: usize, start: usize, positions: usize) -> Result<Self> {
        let half = head_dim / 2;
        let inverse = |i: usize| 1.0 / theta.powf(i as f32 / half as f32);
        let frequencies = Tensor::from_iter((0..half).map(inverse), &Device::Cpu)?.unsqueeze(0)?;
        let positions = Tensor::arange(start as i64, (start + positions) as i64, &Device::Cpu)?;
        let positions = positions.to_dtype(DType::F32)?.unsqueeze(1)?;
        let phases = positions.broadcast_mul(&frequencies)?;
        Ok(Self {
            cos: phases.cos()?,
            sin: phases.sin()?,
        })
    }

    /// Turns channel i with channel i + d/2: x `[1, heads, T, d]`, same shape back.
    ///
    /// # Errors
    /// If x is of another width or length.
    pub fn apply(&self, x: &Tensor) -> Result<Tensor> {
        rope(&x.contiguous()?, &self.cos, &self.sin)
    }
}

#[cfg(test)]
mod tests {
    use super::Rotation;
    use crate::testing::{assert_close, ramp};
    use candle_core::Result;

    /* This test is based on the following script.
    x = ramp(1, 2, 3, 4)
    phases = torch.arange(5, 8)[:, None] / 100 ** (torch.arange(0, 4, 2) / 4)
    a, b = x[..., :2], x[..., 2:]
    print(torch.cat((a * phases.cos() - b * phases.sin(), b * phases.cos() + a * phases.sin()), -1))
    */
    #[test]
    fn halves_turn_from_the_first_position_on() -> Result<()> {
        let rotation = Rotation::new(100.0, 4, 5, 3)?;
        let want = [
            -0.333616, -0.064196, 0.42273, 0.534676, // head 0, position 5
            0.207783, -0.247601, 0.356127, -0.169393, // position 6
            -0.235862, 0.551561, -0.338185, -0.189156, // position 7
            0.536195, -0.223459, -0.049954, -0.008127, // head 1
            -0.288051, 0.555991, 0.083825, -0.104277, //
            0.554664, -0.205328, -0.179855, 0.088547,
        ];
        assert_close(&rotation.apply(&ramp((1, 2, 3, 4)))?, &want)
    }
}
