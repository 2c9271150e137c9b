//! The speaker, as the estimator takes it.

use super::config::EmbedConfig;
use candle_core::{Result, Tensor};
use candle_nn::{Linear, Module, VarBuilder, linear};

/// Below this length an embedding is divided by this, not by its length.
const SHORTEST: f64 = 1e-12;

/// The speaker embedding, made to unit length and projected.
///
/// Original: `cosyvoice/flow/flow.py:382`, `CausalMaskedDiffWithDiT.inference`.
#[derive(Debug)]
pub struct Speaker {
    affine: Linear,
}

impl Speaker {
    /// Reads `spk_embed_affine_layer`, S → M.
    ///
    /// # Errors
    /// If a weight is missing or has another shape.
    pub fn new(config: &EmbedConfig, vb: VarBuilder) -> Result<Self> {
        let vb = vb.pp("spk_embed_affine_layer");
        let affine = linear(config.spk_embed_dim, config.output_size, vb)?;
        Ok(Self { affine })
    }

    /// embedding `[B, S]` → `[B, M]`.
    ///
    /// # Errors
    /// If the embedding has another width.
    pub fn forward(&self, embedding: &Tensor) -> Result<Tensor> {
        let length = embedding.sqr()?.sum_keepdim(1)?.sqrt()?;
        let unit = embedding.broadcast_div(&length.maximum(SHORTEST)?)?;
        let unit = tap::tap("speaker_unit", &unit)?;
        self.affine.forward(&unit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_close, ramp, tiny_embed, weights};

    fn speaker() -> Result<Speaker> {
        let vb = weights([
            ("spk_embed_affine_layer.weight", ramp((1, 4))),
            ("spk_embed_affine_layer.bias", ramp(1)),
        ]);
        Speaker::new(&tiny_embed(), vb)
    }

    /* This test is based on the following script.
    print(linear(normalize(ramp(2, 4), dim=1), ramp(1, 4), ramp(1)))
    */
    #[test]
    fn only_the_direction_of_an_embedding_counts() -> Result<()> {
        let want = [0.261577, -0.872621];
        assert_close(&speaker()?.forward(&ramp((2, 4)))?, &want)?;
        assert_close(&speaker()?.forward(&(ramp((2, 4)) * 7.0)?)?, &want)
    }

    #[test]
    fn no_speaker_at_all_is_the_bias() -> Result<()> {
        assert_close(
            &speaker()?.forward(&ramp((2, 4)).zeros_like()?)?,
            &[-0.5, -0.5],
        )
    }
}
