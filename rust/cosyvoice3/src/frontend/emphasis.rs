//! Emphasis of high frequencies.

use candle_core::{D, Result, Tensor};

/// x[n] − factor·x[n−1] in each frame, x `[…, N]`; the first sample is taken for the one before it, too.
///
/// Original: `torchaudio/compliance/kaldi.py:154`, `_get_window` (2.11).
///
/// # Errors
/// If x has no sample.
pub fn emphasised(x: &Tensor, factor: f64) -> Result<Tensor> {
    let size = x.dim(D::Minus1)?;
    let first = x.narrow(D::Minus1, 0, 1)?;
    let before = Tensor::cat(&[&first, &x.narrow(D::Minus1, 0, size - 1)?], D::Minus1)?;
    x - (before * factor)?
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn the_first_sample_stands_for_the_one_before_it() -> Result<()> {
        let x = Tensor::new(&[[4f32, 6.0, 2.0], [1.0, 0.0, 0.0]], &Device::Cpu)?;
        let got = emphasised(&x, 0.5)?.to_vec2::<f32>()?;
        assert_eq!(got, [[2.0, 4.0, -1.0], [0.5, -0.5, 0.0]]);
        Ok(())
    }
}
