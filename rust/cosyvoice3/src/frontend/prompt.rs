//! The prompt, as the rest of the model takes it.

use candle_core::{DType, Result, Tensor};
use candle_nn::VarBuilder;
use serde::de::IgnoredAny;
use stage::{Inputs, Outputs, Stage};

/// Mel frames of one speech token.
const FRAMES: usize = 2;

/// The stage `frontend.prompt`: tokens and mel of the prompt, made equally long.
///
/// Inputs: tokens, int64 or int32, `[1, P]` and speech_feat float32 `[1, F, M]`. Outputs: prompt_token int64 `[1, N]` and
/// prompt_feat `[1, 2·N, M]`, N being the smaller one of P and F/2.
///
/// Original: `cosyvoice/cli/frontend.py:176`, `CosyVoiceFrontEnd.frontend_zero_shot`.
#[derive(Debug)]
pub struct PromptStage;

impl PromptStage {
    /// Takes neither weights nor configuration.
    ///
    /// # Errors
    /// None.
    pub fn load(_: VarBuilder, _: IgnoredAny) -> Result<Self> {
        Ok(Self)
    }
}

impl Stage for PromptStage {
    fn run(&self, inputs: &mut Inputs) -> Result<Outputs> {
        let tokens = inputs
            .get("tokens", DType::I64, "1 p")
            .or_else(|_| inputs.get("tokens", DType::I32, "1 p"))?;
        let mel = inputs.get("speech_feat", DType::F32, "1 f m")?;
        let (tokens, mel) = trimmed(&tokens, &mel)?;
        Ok(Outputs::from([
            ("prompt_token".to_owned(), tokens.to_dtype(DType::I64)?),
            ("prompt_feat".to_owned(), mel),
        ]))
    }
}

fn trimmed(tokens: &Tensor, mel: &Tensor) -> Result<(Tensor, Tensor)> {
    let count = tokens.dim(1)?.min(mel.dim(1)? / FRAMES);
    Ok((
        tokens.narrow(1, 0, count)?,
        mel.narrow(1, 0, FRAMES * count)?,
    ))
}

#[cfg(test)]
mod tests {
    use super::trimmed;
    use candle_core::{DType, Device, Result, Tensor};

    fn lengths(tokens: usize, frames: usize) -> Result<(usize, usize)> {
        let tokens = Tensor::zeros((1, tokens), DType::I32, &Device::Cpu)?;
        let mel = Tensor::zeros((1, frames, 80), DType::F32, &Device::Cpu)?;
        let (tokens, mel) = trimmed(&tokens, &mel)?;
        Ok((tokens.dim(1)?, mel.dim(1)?))
    }

    #[test]
    fn the_longer_one_is_cut() -> Result<()> {
        assert_eq!(lengths(100, 200)?, (100, 200));
        assert_eq!(lengths(178, 355)?, (177, 354));
        assert_eq!(lengths(99, 355)?, (99, 198));
        Ok(())
    }
}
