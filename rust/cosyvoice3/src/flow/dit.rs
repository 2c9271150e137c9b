//! The estimator: a diffusion transformer.

use super::ada_norm_final::AdaLayerNormFinal;
use super::block::Block;
use super::config::Config;
use super::input_embed::InputEmbed;
use super::mask::AttentionMask;
use super::rotary::RotaryEmbed;
use super::time_embed::TimeEmbed;
use candle_core::{Result, Tensor};
use candle_nn::{Linear, Module, VarBuilder, linear};

/// The estimator of the flow: a diffusion transformer that gives the velocity of a noised mel spectrogram.
///
/// Original: `cosyvoice/flow/DiT/dit.py:104`, `DiT`.
#[derive(Debug)]
pub struct Dit {
    time_embed: TimeEmbed,
    input_embed: InputEmbed,
    rotary_embed: RotaryEmbed,
    blocks: Vec<Block>,
    norm_out: AdaLayerNormFinal,
    proj_out: Linear,
    config: Config,
}

/// What the estimator is given, in the original's layout.
#[derive(Debug)]
pub struct DitInputs {
    /// The noised mel, `[B, M, T]`.
    pub x: Tensor,
    /// 0 at padded frames, `[B, 1, T]`.
    pub mask: Tensor,
    /// The encoded tokens, `[B, mu, T]`.
    pub mu: Tensor,
    /// The time of the flow, 0 to 1, `[B]`.
    pub t: Tensor,
    /// The speaker embedding, `[B, speaker]`.
    pub spks: Tensor,
    /// The mel of the prompt, zero behind it, `[B, M, T]`.
    pub cond: Tensor,
    /// Whether frames see no later chunk than their own.
    pub streaming: bool,
}

impl Dit {
    /// Reads the estimator's weights.
    ///
    /// # Errors
    /// If a weight is missing or has another shape.
    pub fn new(config: &Config, vb: VarBuilder) -> Result<Self> {
        let blocks = vb.pp("transformer_blocks");
        let block = |i| Block::new(config, blocks.pp(i));
        Ok(Self {
            time_embed: TimeEmbed::new(config, vb.pp("time_embed"))?,
            input_embed: InputEmbed::new(config, vb.pp("input_embed"))?,
            rotary_embed: RotaryEmbed::new(config, vb.pp("rotary_embed"))?,
            blocks: (0..config.depth).map(block).collect::<Result<_>>()?,
            norm_out: AdaLayerNormFinal::new(config, vb.pp("norm_out"))?,
            proj_out: linear(config.dim, config.mel_dim, vb.pp("proj_out"))?,
            config: config.clone(),
        })
    }

    /// The velocity, `[B, M, T]`.
    ///
    /// # Errors
    /// If the shapes do not fit.
    pub fn forward(&self, inputs: &DitInputs) -> Result<Tensor> {
        let t = self.time_embed.forward(&inputs.t)?;
        let mut x = inputs.embed(&self.input_embed)?;
        let mask = inputs.attention_mask(&self.config)?;
        let rotation = self.rotary_embed.rotation(x.dim(1)?, x.dtype())?;
        for (i, block) in self.blocks.iter().enumerate() {
            let name = format!("transformer_blocks.{i}");
            x = tap::scope(&name, || block.forward(&x, &t, &mask, &rotation))?;
        }
        let x = tap::tap("norm_out", &self.norm_out.forward(&x, &t)?)?;
        let velocity = self.proj_out.forward(&x)?;
        velocity.transpose(1, 2)
    }
}

impl DitInputs {
    /// The mel and its conditions, mixed: `[B, T, D]`.
    pub(super) fn embed(&self, layer: &InputEmbed) -> Result<Tensor> {
        let x = self.x.transpose(1, 2)?;
        let cond = self.cond.transpose(1, 2)?;
        let mu = self.mu.transpose(1, 2)?;
        layer.forward(&x, &cond, &mu, &self.spks)
    }

    /// Which frames see which: chunks count when streaming.
    pub(super) fn attention_mask(&self, config: &Config) -> Result<AttentionMask> {
        let chunk = Some(config.static_chunk_size).filter(|&frames| self.streaming && frames > 0);
        AttentionMask::new(&self.mask, chunk, self.x.dtype())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_close, no_weights, ramp_from, random_weights, tiny};
    use candle_core::{DType, Device};

    fn inputs(frames: usize, streaming: bool) -> Result<DitInputs> {
        Ok(DitInputs {
            x: ramp_from(1, (2, 3, frames)),
            mask: Tensor::ones((2, 1, frames), DType::F32, &Device::Cpu)?,
            mu: ramp_from(2, (2, 2, frames)),
            t: Tensor::new(&[0.1f32, 0.9], &Device::Cpu)?,
            spks: ramp_from(3, (2, 1)),
            cond: ramp_from(4, (2, 3, frames)),
            streaming,
        })
    }

    /// The same inputs, only their first frames.
    fn head(inputs: &DitInputs, frames: usize) -> Result<DitInputs> {
        let cut = |tensor: &Tensor| tensor.narrow(2, 0, frames);
        Ok(DitInputs {
            x: cut(&inputs.x)?,
            mask: cut(&inputs.mask)?,
            mu: cut(&inputs.mu)?,
            cond: cut(&inputs.cond)?,
            t: inputs.t.clone(),
            spks: inputs.spks.clone(),
            streaming: inputs.streaming,
        })
    }

    fn elements(tensor: &Tensor) -> Result<Vec<f32>> {
        tensor.flatten_all()?.to_vec1()
    }

    #[test]
    fn any_length_works_down_to_one_frame() -> Result<()> {
        let dit = Dit::new(&tiny(), random_weights())?;
        for frames in [1, 2, 4, 5, 13] {
            for streaming in [false, true] {
                let velocity = dit.forward(&inputs(frames, streaming)?)?;
                assert_eq!(velocity.dims(), [2, 3, frames]);
                assert!(elements(&velocity)?.iter().all(|value| value.is_finite()));
            }
        }
        Ok(())
    }

    #[test]
    fn when_streaming_later_chunks_change_nothing() -> Result<()> {
        let dit = Dit::new(&tiny(), random_weights())?;
        let all = inputs(11, true)?;
        let first = dit.forward(&head(&all, 8)?)?;
        assert_close(&dit.forward(&all)?.narrow(2, 0, 8)?, &elements(&first)?)
    }

    #[test]
    fn otherwise_they_do() -> Result<()> {
        let dit = Dit::new(&tiny(), random_weights())?;
        let all = inputs(11, false)?;
        let first = dit.forward(&head(&all, 8)?)?;
        let change = (dit.forward(&all)?.narrow(2, 0, 8)? - first)?;
        assert!(change.abs()?.max_all()?.to_scalar::<f32>()? > 1e-4);
        Ok(())
    }

    #[test]
    fn a_missing_weight_is_named() {
        let error = Dit::new(&tiny(), no_weights()).unwrap_err().to_string();
        assert!(error.contains("time_embed.time_mlp.0.weight"), "{error}");
    }
}
