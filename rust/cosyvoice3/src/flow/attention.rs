//! Self-attention.

use super::config::Config;
use super::mask::AttentionMask;
use super::rotary::Rotation;
use candle_core::{Result, Tensor};
use candle_nn::ops::softmax_last_dim;
use candle_nn::{Linear, Module, VarBuilder, linear};

/// Multi-head self-attention, softmax(q·kᵀ/√d + mask)·v, between linear layers.
///
/// Original: `cosyvoice/flow/DiT/modules.py:289`, `Attention`, and `:349`, `AttnProcessor`.
#[derive(Debug)]
pub struct Attention {
    to_q: Linear,
    to_k: Linear,
    to_v: Linear,
    to_out: Linear,
    heads: usize,
    scale: f64,
}

impl Attention {
    /// Reads `to_q`, `to_k`, `to_v`, D → H·d, and `to_out.0`, H·d → D.
    ///
    /// # Errors
    /// If a weight is missing or has another shape.
    pub fn new(config: &Config, vb: VarBuilder) -> Result<Self> {
        let (dim, inner) = (config.dim, config.inner_dim());
        Ok(Self {
            to_q: linear(dim, inner, vb.pp("to_q"))?,
            to_k: linear(dim, inner, vb.pp("to_k"))?,
            to_v: linear(dim, inner, vb.pp("to_v"))?,
            to_out: linear(inner, dim, vb.pp("to_out.0"))?,
            heads: config.heads,
            scale: (config.dim_head as f64).sqrt().recip(),
        })
    }

    /// x `[B, T, D]` → `[B, T, D]`, zero in the masked frames.
    ///
    /// # Errors
    /// If the shapes do not fit.
    pub fn forward(&self, x: &Tensor, mask: &AttentionMask, rotation: &Rotation) -> Result<Tensor> {
        let q = self.to_q.forward(x)?;
        let k = self.to_k.forward(x)?;
        let v = self.to_v.forward(x)?;
        let q = tap::tap("q_rotary", &rotation.apply(&q)?)?;
        let k = tap::tap("k_rotary", &rotation.apply(&k)?)?;
        let x = self.attend(&q, &k, &v, mask)?;
        let x = self.to_out.forward(&x)?;
        tap::output(&mask.clear(&x)?)
    }

    /// q, k, v `[B, T, H·d]` → `[B, T, H·d]`.
    fn attend(&self, q: &Tensor, k: &Tensor, v: &Tensor, mask: &AttentionMask) -> Result<Tensor> {
        let (q, k, v) = (self.split(q)?, self.split(k)?, self.split(v)?);
        let scores = (q.matmul(&k.t()?)? * self.scale)?;
        let weights = softmax_last_dim(&mask.restrict(&scores)?)?;
        weights.matmul(&v)?.transpose(1, 2)?.flatten_from(2)
    }

    /// `[B, T, H·d]` → `[B, H, T, d]`.
    fn split(&self, x: &Tensor) -> Result<Tensor> {
        let (batch, frames, _) = x.dims3()?;
        x.reshape((batch, frames, self.heads, ()))?
            .transpose(1, 2)?
            .contiguous()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rotary::RotaryEmbed;
    use crate::testing::{assert_close, no_weights, ramp, ramp_from, tiny, weights};
    use candle_core::{DType, Device};

    /* This test is based on the following script.
    x, keep = ramp(1, 3, 4), torch.tensor([[True, True, False]])
    def layer(n): return linear(x, ramp(4, 4, first=n), ramp(4, first=n))
    def rotate(x):
        phases = torch.arange(3)[:, None].double()
        a, b = x[..., :1], x[..., 1:2]
        return torch.cat((a * phases.cos() - b * phases.sin(), b * phases.cos() + a * phases.sin(), x[..., 2:]), -1)
    def split(x): return x.view(1, 3, 2, 2).transpose(1, 2)
    q, k, v = split(rotate(layer(1))), split(rotate(layer(2))), split(layer(3))
    y = scaled_dot_product_attention(q, k, v, attn_mask=keep[:, None, None].expand(1, 2, 3, 3))
    y = linear(y.transpose(1, 2).reshape(1, 3, 4), ramp(4, 4, first=4), ramp(4, first=4))
    print(y.masked_fill(~keep[..., None], 0.0))
    */
    #[test]
    fn attention_is_torchs() -> Result<()> {
        let layers = [("to_q", 1), ("to_k", 2), ("to_v", 3), ("to_out.0", 4)];
        let weight =
            layers.map(|(name, first)| (format!("{name}.weight"), ramp_from(first, (4, 4))));
        let bias = layers.map(|(name, first)| (format!("{name}.bias"), ramp_from(first, 4)));
        let attention = Attention::new(&tiny(), weights(weight.into_iter().chain(bias)))?;
        let rotation = RotaryEmbed::new(&tiny(), no_weights())?.rotation(3, DType::F32)?;
        let padding = Tensor::new(&[[[1f32, 1.0, 0.0]]], &Device::Cpu)?;
        let mask = AttentionMask::new(&padding, None, DType::F32)?;
        let want = [
            -0.210981, -0.750485, 0.087937, -0.176644, // frame 0
            -0.205673, -0.756623, 0.092058, -0.175706, // frame 1
            0.0, 0.0, 0.0, 0.0, // frame 2, padded
        ];
        assert_close(
            &attention.forward(&ramp((1, 3, 4)), &mask, &rotation)?,
            &want,
        )
    }
}
