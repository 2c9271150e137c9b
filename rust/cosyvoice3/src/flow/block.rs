//! A transformer block.

use super::ada_norm_zero::AdaLayerNormZero;
use super::attention::Attention;
use super::config::Config;
use super::feed_forward::FeedForward;
use super::mask::AttentionMask;
use super::norm::{layer_norm, modulate};
use super::rotary::Rotation;
use candle_core::{Result, Tensor};
use candle_nn::VarBuilder;

/// One transformer block: attention and feed-forward, each modulated and gated by the time embedding.
///
/// Original: `cosyvoice/flow/DiT/modules.py:500`, `DiTBlock`.
#[derive(Debug)]
pub struct Block {
    attn_norm: AdaLayerNormZero,
    attn: Attention,
    ff: FeedForward,
}

impl Block {
    /// Reads `attn_norm`, `attn` and `ff`.
    ///
    /// # Errors
    /// If a weight is missing or has another shape.
    pub fn new(config: &Config, vb: VarBuilder) -> Result<Self> {
        Ok(Self {
            attn_norm: AdaLayerNormZero::new(config, vb.pp("attn_norm"))?,
            attn: Attention::new(config, vb.pp("attn"))?,
            ff: FeedForward::new(config, vb.pp("ff"))?,
        })
    }

    /// x `[B, T, D]`, t `[B, D]` → `[B, T, D]`.
    ///
    /// # Errors
    /// If the shapes do not fit.
    pub fn forward(
        &self,
        x: &Tensor,
        t: &Tensor,
        mask: &AttentionMask,
        rotation: &Rotation,
    ) -> Result<Tensor> {
        let m = self.attn_norm.forward(t)?;

        let normed = modulate(&layer_norm(x)?, &m.shift_attn, &m.scale_attn)?;
        let normed = tap::tap("attn_norm.0", &normed)?;
        let attended = tap::scope("attn", || self.attn.forward(&normed, mask, rotation))?;
        let x = (x + attended.broadcast_mul(&m.gate_attn)?)?;
        let x = tap::tap("attn_residual", &x)?;

        let normed = tap::tap("ff_norm", &layer_norm(&x)?)?;
        let normed = modulate(&normed, &m.shift_ff, &m.scale_ff)?;
        let normed = tap::tap("ff_modulated", &normed)?;
        let fed = self.ff.forward(&normed)?;
        let x = (x + fed.broadcast_mul(&m.gate_ff)?)?;
        tap::output(&x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rotary::RotaryEmbed;
    use crate::testing::{assert_close, no_weights, ramp, ramp_from, tiny, weights};
    use candle_core::{DType, Device};

    fn block() -> Result<Block> {
        let layers = [
            ("attn.to_q", 1, 4, 4),
            ("attn.to_k", 2, 4, 4),
            ("attn.to_v", 3, 4, 4),
            ("attn.to_out.0", 4, 4, 4),
            ("attn_norm.linear", 5, 4, 24),
            ("ff.ff.0.0", 6, 4, 8),
            ("ff.ff.2", 7, 8, 4),
        ];
        let weight = layers.map(|(name, n, i, o)| (format!("{name}.weight"), ramp_from(n, (o, i))));
        let bias = layers.map(|(name, n, _, o)| (format!("{name}.bias"), ramp_from(n, o)));
        Block::new(&tiny(), weights(weight.into_iter().chain(bias)))
    }

    /* This test is based on the following script.
    x, t = ramp(1, 3, 4, first=2), ramp(1, 4)
    def layer(x, n, i, o): return linear(x, ramp(o, i, first=n), ramp(o, first=n))
    def norm(x): return layer_norm(x, (4,), eps=1e-6)
    def rotate(x):
        phases = torch.arange(3)[:, None].double()
        a, b = x[..., :1], x[..., 1:2]
        return torch.cat((a * phases.cos() - b * phases.sin(), b * phases.cos() + a * phases.sin(), x[..., 2:]), -1)
    def split(x): return x.view(1, 3, 2, 2).transpose(1, 2)
    m = layer(silu(t), 5, 4, 24)[:, None].chunk(6, -1)
    h = norm(x) * (1 + m[1]) + m[0]
    q, k, v = split(rotate(layer(h, 1, 4, 4))), split(rotate(layer(h, 2, 4, 4))), split(layer(h, 3, 4, 4))
    y = scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(1, 3, 4)
    x = x + m[2] * layer(y, 4, 4, 4)
    h = norm(x) * (1 + m[4]) + m[3]
    print(x + m[5] * layer(gelu(layer(h, 6, 4, 8), approximate="tanh"), 7, 8, 4))
    */
    #[test]
    fn a_block_is_torchs() -> Result<()> {
        let rotation = RotaryEmbed::new(&tiny(), no_weights())?.rotation(3, DType::F32)?;
        let padding = Tensor::ones((1, 1, 3), DType::F32, &Device::Cpu)?;
        let mask = AttentionMask::new(&padding, None, DType::F32)?;
        let x = ramp_from(2, (1, 3, 4));
        let want = [
            -0.639037, 0.953165, 0.135991, -0.275684, // frame 0
            0.292637, -0.044975, -0.625655, 0.156095, // frame 1
            -0.54721, 1.142735, 0.160899, -0.209017, // frame 2
        ];
        assert_close(
            &block()?.forward(&x, &ramp((1, 4)), &mask, &rotation)?,
            &want,
        )
    }
}
