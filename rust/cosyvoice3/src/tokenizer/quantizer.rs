//! Finite scalar quantisation.

use candle_core::{D, DType, Result, Tensor};
use candle_nn::{Linear, Module, VarBuilder, linear};

const DIGITS: usize = 8;
const LEVELS: f32 = 3.0;

/// 0.999 in float32, which keeps tanh away from ±1.
const NEARLY_ONE: f64 = 0.9990000128746033;

/// Eight numbers, each rounded to −1, 0 or 1: plus 1, they are the digits of a token to the base 3.
///
/// Original: `s3tokenizer/model_v2.py:83`, `FSQCodebook`.
#[derive(Debug)]
pub struct Quantizer {
    project_down: Linear,
}

impl Quantizer {
    /// Reads `project_down`, D → 8.
    ///
    /// # Errors
    /// If a weight is missing or has another shape.
    pub fn new(dim: usize, vb: VarBuilder) -> Result<Self> {
        Ok(Self {
            project_down: linear(dim, DIGITS, vb.pp("project_down"))?,
        })
    }

    /// x `[B, T, D]` → tokens `[B, T]`, int64; the first number is the last digit.
    ///
    /// # Errors
    /// If x has another width.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let levels = (self.project_down.forward(x)?.tanh()? * NEARLY_ONE)?;
        let levels = tap::tap("quantizer._codebook.levels", &levels)?;
        let powers = (0..DIGITS as i32).map(|i| LEVELS.powi(i));
        let powers = Tensor::from_iter(powers, x.device())?;
        let digits = (levels.round()? + 1.0)?;
        digits
            .broadcast_mul(&powers)?
            .sum(D::Minus1)?
            .to_dtype(DType::I64)
    }
}

#[cfg(test)]
mod tests {
    use super::Quantizer;
    use candle_core::{DType, Device, Result, Tensor};
    use fixtures::weights;

    #[test]
    fn the_first_number_is_the_last_digit() -> Result<()> {
        let eye = Tensor::eye(8, DType::F32, &Device::Cpu)?;
        let zeros = Tensor::zeros(8, DType::F32, &Device::Cpu)?;
        let vb = weights([("project_down.weight", eye), ("project_down.bias", zeros)]);
        // 0.999·tanh(x) passes ½ at 0.54997.
        let rows = [
            [-9f32, -9.0, -9.0, -9.0, -9.0, -9.0, -9.0, -9.0],
            [9.0, -9.0, -9.0, -9.0, -9.0, -9.0, -9.0, -9.0],
            [-9.0, 0.0, -9.0, -9.0, -9.0, -9.0, -9.0, 9.0],
            [0.5499, 0.5501, -0.5499, -0.5501, 0.0, 0.0, 0.0, 0.0],
        ];
        let tokens = Quantizer::new(8, vb)?.forward(&Tensor::new(&[rows], &Device::Cpu)?)?;
        let middle = (1 + 2 * 3 + 9) + 81 + 243 + 729 + 2187;
        assert_eq!(tokens.to_vec2::<i64>()?, [[0, 2, 3 + 2 * 2187, middle]]);
        Ok(())
    }
}
