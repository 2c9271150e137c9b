//! Means over an axis.

use candle_core::{DType, Result, Tensor, shape::Dim};

/// The mean over one axis, which is kept: x `[…, n, …]` → `[…, 1, …]`.
///
/// It is summed in float64: torch sums halves of halves, which loses as little.
///
/// # Errors
/// If x has no such axis.
pub fn mean(x: &Tensor, axis: impl Dim) -> Result<Tensor> {
    x.to_dtype(DType::F64)?
        .mean_keepdim(axis)?
        .to_dtype(x.dtype())
}

#[cfg(test)]
mod tests {
    use super::mean;
    use candle_core::{DType, Device, Result, Tensor};

    #[test]
    fn a_million_equal_numbers_have_their_mean() -> Result<()> {
        let x = (Tensor::ones((1, 1_000_000), DType::F32, &Device::Cpu)? * 0.1)?;
        assert_eq!(mean(&x, 1)?.to_vec2::<f32>()?, [[0.1]]);
        Ok(())
    }
}
