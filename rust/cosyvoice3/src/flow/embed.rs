//! From tokens, a prompt and a speaker to what the estimator is conditioned on.

use super::config::EmbedConfig;
use super::look_ahead::LookAhead;
use super::speaker::Speaker;
use candle_core::{Result, Tensor, bail};
use candle_nn::{Embedding, Module, VarBuilder, embedding};

/// The embedding of tokens at the rate of the mel, of the speaker and of the prompt.
///
/// Original: `cosyvoice/flow/flow.py:370`, `CausalMaskedDiffWithDiT.inference`, up to its decoder. Its padding masks
/// are all ones, since it takes one utterance at a time.
#[derive(Debug)]
pub struct Embed {
    tokens: Embedding,
    speaker: Speaker,
    look_ahead: LookAhead,
    ahead: usize,
    ratio: usize,
}

/// What the flow is given, in the original's layout.
#[derive(Debug)]
pub struct EmbedInputs {
    /// The tokens to be spoken, int64 `[1, N]`.
    pub token: Tensor,
    /// The prompt's tokens, int64 `[1, P]`.
    pub prompt_token: Tensor,
    /// The prompt's mel, `[1, F, M]`.
    pub prompt_feat: Tensor,
    /// The speaker embedding, `[1, S]`.
    pub embedding: Tensor,
    /// Whether no token will follow; otherwise the last ones are only looked ahead at.
    pub finalize: bool,
}

/// What the estimator is conditioned on.
#[derive(Debug)]
pub struct Conditions {
    /// The embedded tokens, `[1, M, T]`.
    pub mu: Tensor,
    /// The speaker, `[1, M]`.
    pub spks: Tensor,
    /// The prompt's mel with zeros behind it, `[1, M, T]`.
    pub cond: Tensor,
}

impl Embed {
    /// Reads `input_embedding`, `spk_embed_affine_layer` and `pre_lookahead_layer`.
    ///
    /// # Errors
    /// If a weight is missing or has another shape.
    pub fn new(config: &EmbedConfig, vb: VarBuilder) -> Result<Self> {
        let tokens = vb.pp("input_embedding");
        Ok(Self {
            tokens: embedding(config.vocab_size, config.input_size, tokens)?,
            speaker: Speaker::new(config, vb.clone())?,
            look_ahead: LookAhead::new(config, vb.pp("pre_lookahead_layer"))?,
            ahead: config.pre_lookahead_len,
            ratio: config.token_mel_ratio,
        })
    }

    /// The conditions of T = ratio·(P + N) frames, or of fewer where more tokens will follow.
    ///
    /// # Errors
    /// If the shapes do not fit, or the prompt's mel is longer than its tokens and those to be spoken.
    pub fn forward(&self, inputs: &EmbedInputs) -> Result<Conditions> {
        let spks = self.speaker.forward(&inputs.embedding)?;
        let tokens = Tensor::cat(&[&inputs.prompt_token, &inputs.token], 1)?;
        let tokens = self.tokens.forward(&tokens.maximum(0i64)?)?;
        let seen = tap::scope("pre_lookahead_layer", || {
            self.look(&tokens, inputs.finalize)
        })?;
        let mu = repeat_frames(&seen, self.ratio)?.transpose(1, 2)?;
        let frames = mu.dim(2)?;
        Ok(Conditions {
            cond: prompt(&inputs.prompt_feat, frames)?,
            mu: mu.contiguous()?,
            spks,
        })
    }

    /// Embedded tokens `[1, N, C]` → the same, or without those that are only looked ahead at.
    fn look(&self, tokens: &Tensor, finalize: bool) -> Result<Tensor> {
        if finalize {
            return self.look_ahead.forward(tokens, None);
        }
        let count = tokens.dim(1)?;
        if count <= self.ahead {
            bail!(
                "{count} tokens are too few: without `finalize` the last {} are only looked ahead at",
                self.ahead
            );
        }
        let known = tokens.narrow(1, 0, count - self.ahead)?;
        let context = tokens.narrow(1, count - self.ahead, self.ahead)?;
        self.look_ahead.forward(&known, Some(&context))
    }
}

/// `[1, N, C]` → `[1, ratio·N, C]`, each row `ratio` times.
fn repeat_frames(x: &Tensor, ratio: usize) -> Result<Tensor> {
    let (batch, count, width) = x.dims3()?;
    x.unsqueeze(2)?
        .broadcast_as((batch, count, ratio, width))?
        .reshape((batch, count * ratio, width))
}

/// `[1, F, M]` → `[1, M, T]`, zeros behind the prompt.
fn prompt(mel: &Tensor, frames: usize) -> Result<Tensor> {
    let known = mel.dim(1)?;
    if known > frames {
        bail!("the prompt's mel has {known} frames, where all tokens together make {frames}");
    }
    mel.pad_with_zeros(1, 0, frames - known)?
        .transpose(1, 2)?
        .contiguous()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_close, ramp, random_weights, tiny_embed};
    use candle_core::Device;

    fn inputs(prompt: &[i64], tokens: &[i64], finalize: bool) -> Result<EmbedInputs> {
        let row = |ids: &[i64]| Tensor::from_slice(ids, (1, ids.len()), &Device::Cpu);
        Ok(EmbedInputs {
            token: row(tokens)?,
            prompt_token: row(prompt)?,
            prompt_feat: ramp((1, 2, 3)),
            embedding: ramp((1, 4)),
            finalize,
        })
    }

    fn elements(tensor: &Tensor) -> Result<Vec<f32>> {
        tensor.flatten_all()?.to_vec1()
    }

    #[test]
    fn a_token_is_two_equal_frames() -> Result<()> {
        let embed = Embed::new(&tiny_embed(), random_weights())?;
        let made = embed.forward(&inputs(&[1], &[2, 3], true)?)?;
        assert_eq!(made.mu.dims(), [1, 2, 6]);
        assert_eq!(made.spks.dims(), [1, 1]);
        let frames = made.mu.transpose(1, 2)?.squeeze(0)?.to_vec2::<f32>()?;
        assert!(frames.chunks(2).all(|pair| pair[0] == pair[1]) && frames[0] != frames[2]);
        Ok(())
    }

    #[test]
    fn the_prompt_comes_first_and_then_zeros() -> Result<()> {
        let embed = Embed::new(&tiny_embed(), random_weights())?;
        let cond = embed.forward(&inputs(&[1], &[2], true)?)?.cond;
        let want = [
            -0.5, 0.5, 0.0, 0.0, // band 0
            0.2, 0.1, 0.0, 0.0, // band 1
            -0.2, -0.3, 0.0, 0.0, // band 2
        ];
        assert_close(&cond, &want)
    }

    #[test]
    fn a_token_below_zero_is_token_zero() -> Result<()> {
        let embed = Embed::new(&tiny_embed(), random_weights())?;
        let negative = embed.forward(&inputs(&[1], &[-1], true)?)?.mu;
        let zero = embed.forward(&inputs(&[1], &[0], true)?)?.mu;
        assert_close(&negative, &elements(&zero)?)
    }

    #[test]
    fn tokens_that_follow_change_no_frame_that_was_made() -> Result<()> {
        let embed = Embed::new(&tiny_embed(), random_weights())?;
        let first = embed.forward(&inputs(&[1], &[2, 3, 4], false)?)?.mu;
        assert_eq!(first.dim(2)?, 4);
        let all = embed.forward(&inputs(&[1], &[2, 3, 4, 5, 6], true)?)?.mu;
        assert_close(&all.narrow(2, 0, 4)?, &elements(&first)?)
    }

    #[test]
    fn too_few_tokens_and_too_long_a_prompt_are_told() -> Result<()> {
        let embed = Embed::new(&tiny_embed(), random_weights())?;
        let error = embed
            .forward(&inputs(&[1], &[2], false)?)
            .unwrap_err()
            .to_string();
        assert!(error.contains("2 tokens are too few"), "{error}");
        let long = EmbedInputs {
            prompt_feat: ramp((1, 5, 3)),
            ..inputs(&[1], &[2], true)?
        };
        let error = embed.forward(&long).unwrap_err().to_string();
        assert!(
            error.contains("5 frames, where all tokens together make 4"),
            "{error}"
        );
        Ok(())
    }
}
