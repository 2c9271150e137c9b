//! The Qwen2 backbone.

use super::cache::KvCache;
use super::config::Config;
use super::layer::Layer;
use super::rms_norm::RmsNorm;
use super::rotary::Rotation;
use candle_core::{Result, Tensor};
use candle_nn::{Embedding, Module, VarBuilder, embedding};

/// The transformer, from embeddings to normed hidden states.
///
/// Original: transformers 4.51.3, `models/qwen2/modeling_qwen2.py:440`, `Qwen2Model`.
#[derive(Debug)]
pub struct Qwen2 {
    embed_tokens: Embedding,
    layers: Vec<Layer>,
    norm: RmsNorm,
    config: Config,
}

impl Qwen2 {
    /// Reads `embed_tokens`, `layers` and `norm`.
    ///
    /// # Errors
    /// If a weight is missing or has another shape.
    pub fn new(config: &Config, vb: VarBuilder) -> Result<Self> {
        let dim = config.hidden_size;
        let layer = |i| Layer::new(config, vb.pp("layers").pp(i));
        Ok(Self {
            embed_tokens: embedding(config.vocab_size, dim, vb.pp("embed_tokens"))?,
            layers: (0..config.num_hidden_layers)
                .map(layer)
                .collect::<Result<_>>()?,
            norm: RmsNorm::new(dim, config.rms_norm_eps, vb.pp("norm"))?,
            config: config.clone(),
        })
    }

    /// A cache without a position.
    pub fn cache(&self) -> KvCache {
        KvCache::new(self.layers.len())
    }

    /// Text ids `[1, L]` → `[1, L, D]`.
    ///
    /// # Errors
    /// If an id is none of the vocabulary.
    pub fn embed(&self, text: &Tensor) -> Result<Tensor> {
        self.embed_tokens.forward(text)
    }

    /// x `[1, T, D]` → `[1, T, D]`; x comes behind what the cache holds, and is added to it.
    ///
    /// # Errors
    /// If the shapes do not fit.
    pub fn forward(&self, x: &Tensor, cache: &mut KvCache) -> Result<Tensor> {
        let (theta, head_dim) = (self.config.rope_theta, self.config.head_dim());
        let rotation = Rotation::new(theta, head_dim, cache.positions()?, x.dim(1)?)?;
        let mut x = x.clone();
        for (i, layer) in self.layers.iter().enumerate() {
            let name = format!("llm.model.model.layers.{i}");
            x = tap::scope(&name, || layer.forward(&x, &rotation, cache.layer(i)))?;
        }
        self.norm.forward(&x)
    }
}
