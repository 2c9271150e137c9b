//! Mish.

use candle_core::{Result, Tensor};

/// Above this, tanh(softplus(x)) is 1 in both float widths, and eˣ² would soon overflow float32.
const SATURATED: f64 = 20.0;

/// Mish, x·tanh(ln(1 + eˣ)), for any shape.
///
/// With e = eˣ, tanh(ln(1 + e)) = (e² + 2e) / (e² + 2e + 2), which needs no logarithm and loses no digits for
/// negative x.
///
/// # Errors
/// If the dtype is not a float.
pub fn mish(x: &Tensor) -> Result<Tensor> {
    let e = x.minimum(SATURATED)?.exp()?;
    let n = (&e * (&e + 2.0)?)?;
    x * (&n / (&n + 2.0)?)?
}

#[cfg(test)]
mod tests {
    use super::mish;
    use candle_core::{Device, Result, Tensor};

    /// All of `got` within three units in the last place of `want`.
    fn assert_precise(got: &Tensor, want: &[f64]) -> Result<()> {
        for (got, want) in got.to_vec1::<f32>()?.into_iter().zip(want) {
            assert!(
                (f64::from(got) - want).abs() <= 3.6e-7 * want.abs(),
                "{got} for {want}"
            );
        }
        Ok(())
    }

    /* This test is based on the following script.
    x = torch.tensor([-60.0, -20.0, -1.0, -1e-3, 0.0, 0.5, 3.0, 20.0, 90.0], dtype=torch.float64)
    print(mish(x).tolist())
    */
    #[test]
    fn mish_is_torchs_to_the_last_digits() -> Result<()> {
        let x = Tensor::new(
            &[-60f32, -20.0, -1.0, -1e-3, 0.0, 0.5, 3.0, 20.0, 90.0],
            &Device::Cpu,
        )?;
        let want = [
            -5.253906457617912e-25,
            -4.122307240628762e-08,
            -0.30340146137410895,
            -0.0005996799840458665,
            0.0,
            0.3752452113048951,
            2.9865350049679575,
            20.0,
            90.0,
        ];
        assert_precise(&mish(&x)?, &want)
    }
}
