//! Self-attention with a memory.

use super::config::Config;
use super::mask::Seen;
use super::memory::Memory;
use candle_core::{Result, Tensor};
use candle_nn::ops::softmax_last_dim;
use candle_nn::{Linear, Module, VarBuilder, linear, linear_no_bias};
use llm::rotary::Rotation;

/// out(softmax(q·k)·v) + memory(v); q and k are each scaled by d^(−1/4).
///
/// Original: `s3tokenizer/model_v3.py:40`, `MultiHeadAttentionV3`, and `s3tokenizer/model_v2.py:192`, `qkv_attention`.
#[derive(Debug)]
pub struct Attention {
    query: Linear,
    key: Linear,
    value: Linear,
    out: Linear,
    memory: Memory,
    heads: usize,
    scale: f64,
}

impl Attention {
    /// Reads `query`, `key`, which has no bias, `value`, `out`, each D → D, and `fsmn_block`.
    ///
    /// # Errors
    /// If a weight is missing or has another shape.
    pub fn new(config: &Config, vb: VarBuilder) -> Result<Self> {
        let dim = config.n_audio_state;
        Ok(Self {
            query: linear(dim, dim, vb.pp("query"))?,
            key: linear_no_bias(dim, dim, vb.pp("key"))?,
            value: linear(dim, dim, vb.pp("value"))?,
            out: linear(dim, dim, vb.pp("out"))?,
            memory: Memory::new(dim, vb.pp("fsmn_block"))?,
            heads: config.n_audio_head,
            scale: (config.head_dim() as f64).powf(-0.25),
        })
    }

    /// x `[B, T, D]` → `[B, T, D]`.
    ///
    /// # Errors
    /// If the shapes do not fit.
    pub fn forward(&self, x: &Tensor, seen: &Seen, rotation: &Rotation) -> Result<Tensor> {
        let q = self.split(&self.query.forward(x)?)?;
        let k = self.split(&self.key.forward(x)?)?;
        let v = self.value.forward(x)?;
        let q = tap::tap("q_rotary", &rotation.apply(&q)?)?;
        let k = tap::tap("k_rotary", &rotation.apply(&k)?)?;
        let memory = tap::tap("memory", &self.memory.forward(&v, seen)?)?;
        let x = self.attend(&q, &k, &self.split(&v)?, seen)?;
        tap::output(&(self.out.forward(&x)? + memory)?)
    }

    /// q, k, v `[B, H, T, d]` → `[B, T, D]`.
    fn attend(&self, q: &Tensor, k: &Tensor, v: &Tensor, seen: &Seen) -> Result<Tensor> {
        let scores = (q * self.scale)?.matmul(&(k * self.scale)?.t()?)?;
        let weights = softmax_last_dim(&seen.restrict(&scores)?)?;
        weights.matmul(v)?.transpose(1, 2)?.flatten_from(2)
    }

    /// `[B, T, D]` → `[B, H, T, d]`.
    fn split(&self, x: &Tensor) -> Result<Tensor> {
        let (batch, positions, _) = x.dims3()?;
        x.reshape((batch, positions, self.heads, ()))?
            .transpose(1, 2)?
            .contiguous()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;
    use fixtures::{assert_close, ramp, ramp_from, weights};

    /* This test is based on the following script.
    x, keep = ramp(1, 3, 4), torch.tensor([1.0, 1, 0])[None, :, None]
    def layer(n): return linear(x, ramp(4, 4, first=n), ramp(4, first=n))
    def split(x): return x.view(1, 3, 2, 2).transpose(1, 2)
    def rotate(x):
        phases = torch.arange(3)[:, None].double()
        a, b = x[..., :1], x[..., 1:]
        return torch.cat((a * phases.cos() - b * phases.sin(), b * phases.cos() + a * phases.sin()), -1)
    q, k, v = rotate(split(layer(1))), rotate(split(linear(x, ramp(4, 4, first=2)))), layer(3)
    scores = (q @ k.transpose(2, 3) / math.sqrt(2)).masked_fill(keep[:, None, :, 0] == 0, -1e10)
    y = linear((scores.softmax(-1) @ split(v)).transpose(1, 2).reshape(1, 3, 4), ramp(4, 4, first=4), ramp(4, first=4))
    m = conv1d(pad((v * keep).transpose(1, 2), (15, 15)), ramp(4, 1, 31), groups=4).transpose(1, 2)
    print(y + (m + v * keep) * keep)
    */
    #[test]
    fn the_memory_is_of_the_values() -> Result<()> {
        let layers = [("query", 1), ("key", 2), ("value", 3), ("out", 4)];
        let weight =
            layers.map(|(name, first)| (format!("{name}.weight"), ramp_from(first, (4, 4))));
        let bias = layers.map(|(name, first)| (format!("{name}.bias"), ramp_from(first, 4)));
        let fsmn = [("fsmn_block.weight".to_owned(), ramp((4, 1, 31)))];
        let config = Config {
            n_mels: 2,
            n_audio_state: 4,
            n_audio_head: 2,
            n_audio_layer: 1,
        };
        let vb = weights(weight.into_iter().chain(bias).chain(fsmn));
        let seen = Seen::new(&Tensor::new(&[2i64], &Device::Cpu)?, 3)?;
        let rotation = Rotation::new(100.0, 2, 0, 3)?;
        let got = Attention::new(&config, vb)?.forward(&ramp((1, 3, 4)), &seen, &rotation)?;
        let want = [
            -0.29912, -0.136496, 0.107009, -0.48824, // position 0
            -0.657793, -0.342078, 0.258088, -0.589165, // 1
            -0.215124, -0.743916, 0.082871, -0.171485, // 2, padding
        ];
        assert_close(&got, &want)
    }
}
