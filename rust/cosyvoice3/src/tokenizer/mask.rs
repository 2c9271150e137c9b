//! Which positions are no padding.

use candle_core::{DType, Result, Tensor};

/// Added to the scores of a position that is padding.
const HIDDEN: f64 = -1e10;

/// 1 where a position is no padding, 0 where it is: `[B, 1, T]`.
#[derive(Debug)]
pub struct Seen(Tensor);

impl Seen {
    /// Lengths `[B]`, int64, of T positions.
    ///
    /// Original: `s3tokenizer/utils.py:435`, `make_non_pad_mask`.
    ///
    /// # Errors
    /// If the lengths are not of rank 1 and int64.
    pub fn new(lengths: &Tensor, positions: usize) -> Result<Self> {
        let positions = Tensor::arange(0, positions as i64, lengths.device())?;
        let seen = positions
            .unsqueeze(0)?
            .broadcast_lt(&lengths.unsqueeze(1)?)?;
        Ok(Self(seen.to_dtype(DType::F32)?.unsqueeze(1)?))
    }

    /// Channels first, `[B, C, T]`: zero at padding.
    ///
    /// # Errors
    /// If x is of another length.
    pub fn clear(&self, x: &Tensor) -> Result<Tensor> {
        x.broadcast_mul(&self.0)
    }

    /// Channels last, `[B, T, C]`: zero at padding.
    ///
    /// # Errors
    /// If x is of another length.
    pub fn clear_last(&self, x: &Tensor) -> Result<Tensor> {
        x.broadcast_mul(&self.0.transpose(1, 2)?)
    }

    /// Scores `[B, H, T, T]`: impossible keys at padding.
    ///
    /// Original: `s3tokenizer/utils.py:475`, `mask_to_bias`.
    ///
    /// # Errors
    /// If the scores are of another length.
    pub fn restrict(&self, scores: &Tensor) -> Result<Tensor> {
        let bias = (self.0.affine(-1.0, 1.0)? * HIDDEN)?;
        scores.broadcast_add(&bias.unsqueeze(1)?)
    }
}

/// What a convolution of kernel 3, stride 2 and one zero at each end makes of lengths `[B]`, int64.
///
/// # Errors
/// If they are of another rank or dtype.
pub fn halved(lengths: &Tensor) -> Result<Tensor> {
    let halved = lengths.to_vec1::<i64>()?;
    let halved = halved.iter().map(|length| (length - 1).div_euclid(2) + 1);
    Tensor::from_iter(halved, lengths.device())
}

#[cfg(test)]
mod tests {
    use super::{Seen, halved};
    use candle_core::{DType, Device, Result, Tensor};

    fn lengths(values: &[i64]) -> Result<Tensor> {
        Tensor::new(values, &Device::Cpu)
    }

    #[test]
    fn a_length_hides_what_lies_beyond_it() -> Result<()> {
        let seen = Seen::new(&lengths(&[3, 1])?, 3)?;
        let ones = Tensor::ones((2, 1, 3), DType::F32, &Device::Cpu)?;
        let rows = [[[1f32, 1.0, 1.0]], [[1.0, 0.0, 0.0]]];
        assert_eq!(seen.clear(&ones)?.to_vec3::<f32>()?, rows);
        let last = seen.clear_last(&ones.transpose(1, 2)?)?;
        assert_eq!(last.transpose(1, 2)?.to_vec3::<f32>()?, rows);
        let scores = seen.restrict(&Tensor::zeros((2, 2, 1, 3), DType::F32, &Device::Cpu)?)?;
        let hidden = [[0f32, -1e10, -1e10]];
        assert_eq!(scores.get(1)?.to_vec3::<f32>()?, [hidden, hidden]);
        Ok(())
    }

    #[test]
    fn lengths_are_halved_upwards() -> Result<()> {
        let halved = halved(&lengths(&[1, 2, 3, 400])?)?;
        assert_eq!(halved.to_vec1::<i64>()?, [1, 1, 2, 200]);
        Ok(())
    }
}
