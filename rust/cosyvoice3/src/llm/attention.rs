//! Grouped-query self-attention.

use super::cache::LayerCache;
use super::config::Config;
use super::rotary::Rotation;
use candle_core::{DType, Result, Tensor};
use candle_nn::ops::softmax_last_dim;
use candle_nn::{Linear, Module, VarBuilder, linear, linear_no_bias};

/// Causal self-attention in which H/K query heads share a key and a value head.
///
/// Original: transformers 4.51.3, `models/qwen2/modeling_qwen2.py:135`, `Qwen2Attention`.
#[derive(Debug)]
pub struct Attention {
    q_proj: Linear,
    k_proj: Linear,
    v_proj: Linear,
    o_proj: Linear,
    head_dim: usize,
    scale: f64,
}

impl Attention {
    /// Reads `q_proj`, D → H·d, `k_proj` and `v_proj`, D → K·d, and `o_proj`, back, which has no bias.
    ///
    /// # Errors
    /// If a weight is missing or has another shape.
    pub fn new(config: &Config, vb: VarBuilder) -> Result<Self> {
        let (dim, head_dim) = (config.hidden_size, config.head_dim());
        let query = config.num_attention_heads * head_dim;
        let key = config.num_key_value_heads * head_dim;
        Ok(Self {
            q_proj: linear(dim, query, vb.pp("q_proj"))?,
            k_proj: linear(dim, key, vb.pp("k_proj"))?,
            v_proj: linear(dim, key, vb.pp("v_proj"))?,
            o_proj: linear_no_bias(query, dim, vb.pp("o_proj"))?,
            head_dim,
            scale: (head_dim as f64).sqrt().recip(),
        })
    }

    /// x `[1, T, D]` → `[1, T, D]`; x comes behind what the cache holds, and is added to it.
    ///
    /// # Errors
    /// If the shapes do not fit.
    pub fn forward(
        &self,
        x: &Tensor,
        rotation: &Rotation,
        cache: &mut LayerCache,
    ) -> Result<Tensor> {
        let q = self.split(&self.q_proj.forward(x)?)?;
        let k = self.split(&self.k_proj.forward(x)?)?;
        let v = self.split(&self.v_proj.forward(x)?)?;
        let q = tap::tap("q_rotary", &rotation.apply(&q)?)?;
        let k = tap::tap("k_rotary", &rotation.apply(&k)?)?;
        let (k, v) = cache.append(&k, &v)?;
        let x = self.attend(&q, &k, &v)?;
        self.o_proj.forward(&x)
    }

    /// q `[1, H, T, d]`, k, v `[1, K, S, d]` → `[1, T, H·d]`.
    ///
    /// The queries of a group are put one below the other, so that keys and values need not be repeated.
    fn attend(&self, q: &Tensor, k: &Tensor, v: &Tensor) -> Result<Tensor> {
        let (batch, heads, positions, head_dim) = q.dims4()?;
        let grouped = q.reshape((batch, k.dim(1)?, (), head_dim))?;
        let scores = (grouped.matmul(&k.t()?)? * self.scale)?;
        let scores = scores.reshape((batch, heads, positions, ()))?;
        let weights = softmax_last_dim(&restrict(&scores)?)?;
        let weights = weights.reshape((batch, k.dim(1)?, (), k.dim(2)?))?;
        let attended = weights.matmul(&v.contiguous()?)?;
        let attended = attended.reshape((batch, heads, positions, head_dim))?;
        attended.transpose(1, 2)?.flatten_from(2)
    }

    /// `[1, T, heads·d]` → `[1, heads, T, d]`.
    fn split(&self, x: &Tensor) -> Result<Tensor> {
        let (batch, positions, _) = x.dims3()?;
        x.reshape((batch, positions, (), self.head_dim))?
            .transpose(1, 2)?
            .contiguous()
    }
}

/// Makes later positions impossible: the last of T queries sees all S keys, scores `[1, H, T, S]`.
fn restrict(scores: &Tensor) -> Result<Tensor> {
    let (_, _, queries, keys) = scores.dims4()?;
    let hidden = |i: usize| (0..keys).map(move |j| f32::from(j + queries > i + keys) * f32::MIN);
    let mask = Tensor::from_iter((0..queries).flat_map(hidden), scores.device())?;
    scores.broadcast_add(&mask.reshape((queries, keys))?.to_dtype(DType::F32)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_close, ramp, ramp_from, tiny, weights};

    /* These tests are based on the following script.
    x = ramp(1, 3, 8)
    def layer(n, out): return linear(x, ramp(out, 8, first=n), ramp(out, first=n))
    def split(x): return x.view(1, 3, -1, 2).transpose(1, 2)
    def rotate(x):
        phases = torch.arange(3)[:, None].double()
        a, b = x[..., :1], x[..., 1:]
        return torch.cat((a * phases.cos() - b * phases.sin(), b * phases.cos() + a * phases.sin()), -1)
    q, k, v = rotate(split(layer(1, 8))), rotate(split(layer(2, 4))), split(layer(3, 4))
    k, v = k.repeat_interleave(2, 1), v.repeat_interleave(2, 1)
    y = scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(1, 3, 8)
    print(linear(y, ramp(8, 8, first=4)))
    */
    const WANT: [f32; 24] = [
        -0.562, -0.458, 0.064, -0.14, -0.025, 0.497, 0.293, 0.408, // position 0
        -0.629775, -0.515531, 0.099668, -0.040314, -0.05741, 0.558484, 0.418503, 0.38851, // 1
        -0.732514, -0.615049, 0.097987, 0.070411, -0.066099, 0.647221, 0.619645,
        0.342863, // 2
    ];

    fn attention() -> Result<Attention> {
        let weight = [("q", 1, 8), ("k", 2, 4), ("v", 3, 4), ("o", 4, 8)]
            .map(|(name, first, out)| (format!("{name}_proj.weight"), ramp_from(first, (out, 8))));
        let bias = [("q", 1, 8), ("k", 2, 4), ("v", 3, 4)]
            .map(|(name, first, out)| (format!("{name}_proj.bias"), ramp_from(first, out)));
        Attention::new(&tiny(), weights(weight.into_iter().chain(bias)))
    }

    /// The attention's output for positions of the input, called for so many of them at a time.
    fn in_pieces(lengths: &[usize]) -> Result<Tensor> {
        let (attention, mut cache) = (attention()?, LayerCache::default());
        let mut start = 0;
        let mut pieces = Vec::new();
        for &length in lengths {
            let x = ramp((1, 3, 8)).narrow(1, start, length)?;
            let rotation = Rotation::new(100.0, 2, start, length)?;
            pieces.push(attention.forward(&x, &rotation, &mut cache)?);
            start += length;
        }
        Tensor::cat(&pieces, 1)
    }

    #[test]
    fn attention_is_causal_and_grouped() -> Result<()> {
        assert_close(&in_pieces(&[3])?, &WANT)
    }

    #[test]
    fn pieces_go_on_behind_the_cache() -> Result<()> {
        for lengths in [&[1, 1, 1][..], &[2, 1], &[1, 2]] {
            assert_close(&in_pieces(lengths)?, &WANT)?;
        }
        Ok(())
    }
}
