//! Rotary positions.

use super::config::Config;
use candle_core::{D, DType, Device, Result, Tensor};
use candle_nn::VarBuilder;
use candle_nn::rotary_emb::rope_i;

const THETA: f32 = 10000.0;

/// Rotary position embedding of the first d channels of queries and keys that are not yet split into heads.
///
/// So only head 0 turns with the position; that is what the original does and what its weights were trained with.
///
/// Original: `x_transformers/x_transformers.py:698`, `RotaryEmbedding`, and `:763`, `apply_rotary_pos_emb` (2.11.24),
/// used at `cosyvoice/flow/DiT/dit.py:158` and `cosyvoice/flow/DiT/modules.py:372`.
#[derive(Debug)]
pub struct RotaryEmbed {
    inverse_frequencies: Tensor,
}

/// The rotations of T positions: cosines and sines, `[T, d/2]` each.
#[derive(Debug)]
pub struct Rotation {
    cos: Tensor,
    sin: Tensor,
}

impl RotaryEmbed {
    /// Reads `inv_freq` `[d/2]`, which a checkpoint may leave out: 10000^(−2i/d).
    ///
    /// # Errors
    /// If `inv_freq` has another shape.
    pub fn new(config: &Config, vb: VarBuilder) -> Result<Self> {
        let half = config.dim_head / 2;
        let inverse_frequencies = if vb.contains_tensor("inv_freq") {
            vb.get(half, "inv_freq")?
        } else {
            inverse_frequencies(half, vb.dtype())?
        };
        Ok(Self {
            inverse_frequencies,
        })
    }

    /// The rotations of positions 0 to T − 1, computed in the frequencies' dtype, as the original does, and given in
    /// `dtype`.
    ///
    /// # Errors
    /// If `dtype` is not a float.
    pub fn rotation(&self, frames: usize, dtype: DType) -> Result<Rotation> {
        let frequencies = self.inverse_frequencies.unsqueeze(0)?;
        let positions = Tensor::arange(0, frames as i64, frequencies.device())?;
        let positions = positions.to_dtype(frequencies.dtype())?.unsqueeze(1)?;
        let phases = positions.broadcast_mul(&frequencies)?;
        Ok(Rotation {
            cos: phases.cos()?.to_dtype(dtype)?,
            sin: phases.sin()?.to_dtype(dtype)?,
        })
    }
}

/// 10000^(−2i/d) for i below d/2, computed in float32.
fn inverse_frequencies(half: usize, dtype: DType) -> Result<Tensor> {
    let inverse = |i: usize| 1.0 / THETA.powf(i as f32 / half as f32);
    Tensor::from_iter((0..half).map(inverse), &Device::Cpu)?.to_dtype(dtype)
}

impl Rotation {
    /// Turns the channel pairs (0, 1), (2, 3), … below d by the position: x `[B, T, ≥ d]`, same shape back.
    ///
    /// # Errors
    /// If x is narrower than d, or of another length.
    pub fn apply(&self, x: &Tensor) -> Result<Tensor> {
        let dim = 2 * self.cos.dim(1)?;
        let turned = x.narrow(D::Minus1, 0, dim)?.contiguous()?.unsqueeze(1)?;
        let turned = rope_i(&turned, &self.cos, &self.sin)?.squeeze(1)?;
        let rest = x.narrow(D::Minus1, dim, x.dim(D::Minus1)? - dim)?;
        Tensor::cat(&[turned, rest], D::Minus1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_close, no_weights, ramp, tiny, weights};
    use proptest::prelude::*;

    fn rotation(dim_head: usize, frames: usize) -> Result<Rotation> {
        let config = Config { dim_head, ..tiny() };
        RotaryEmbed::new(&config, no_weights())?.rotation(frames, DType::F32)
    }

    /* This test is based on the following script.
    x, d = ramp(1, 3, 6), 4
    phases = torch.arange(3)[:, None] * (1 / 10000 ** (torch.arange(0, d, 2) / d)).repeat_interleave(2)
    head = x[..., :d]
    half = torch.stack((-head[..., 1::2], head[..., ::2]), -1).flatten(-2)
    print(torch.cat((head * phases.cos() + half * phases.sin(), x[..., d:]), -1))
    */
    #[test]
    fn adjacent_pairs_below_d_turn() -> Result<()> {
        let want = [
            -0.5, 0.2, -0.2, 0.5, 0.1, -0.3, // position 0
            0.216121, 0.336588, -0.40298, 0.295985, -0.1, -0.5, // position 1
            0.09863, 0.265089, 0.4979, 0.109979, -0.3, 0.4, // position 2
        ];
        assert_close(&rotation(4, 3)?.apply(&ramp((1, 3, 6)))?, &want)
    }

    /* This test is based on the following script.
    phases = torch.arange(2609).float()[:, None] * (1 / 10000 ** (torch.arange(0, 8, 2).float() / 8))
    print(phases[-1].cos(), phases[-1].sin())
    */
    #[test]
    fn phases_are_float32() -> Result<()> {
        let last = |x: Tensor| x.narrow(0, 2608, 1);
        let Rotation { cos, sin } = rotation(8, 2609)?;
        assert_close(&last(cos)?, &[0.887872, -0.998856, 0.583911, -0.860985])?;
        assert_close(&last(sin)?, &[0.460091, -0.04781, 0.811818, 0.50863])
    }

    #[test]
    fn the_checkpoints_frequencies_are_used() -> Result<()> {
        let vb = weights([(
            "inv_freq",
            Tensor::new(&[std::f32::consts::PI], &Device::Cpu)?,
        )]);
        let rotation = RotaryEmbed::new(&tiny(), vb)?.rotation(2, DType::F32)?;
        let x = Tensor::new(&[[[1f32, 2.0], [3.0, 4.0]]], &Device::Cpu)?;
        assert_close(&rotation.apply(&x)?, &[1.0, 2.0, -3.0, -4.0])
    }

    /// The squared norms of the last dimension.
    fn norms(x: &Tensor) -> Vec<f32> {
        x.sqr()
            .and_then(|x| x.sum(D::Minus1)?.flatten_all()?.to_vec1())
            .unwrap()
    }

    proptest! {
        #[test]
        fn shape_and_norms_stay(batch in 1usize..3, frames in 1usize..300, half in 1usize..5, rest in 0usize..5) {
            let x = ramp((batch, frames, 2 * half + rest));
            let turned = rotation(2 * half, frames).unwrap().apply(&x).unwrap();
            prop_assert_eq!(turned.dims(), x.dims());
            for (before, after) in norms(&x).into_iter().zip(norms(&turned)) {
                prop_assert!((before - after).abs() < 1e-5);
            }
        }
    }
}
