//! The times at which the flow is solved.

use candle_core::{Device, Result, Tensor};
use std::f32::consts::PI;

/// 1 − cos(π/2 · i/steps) for i = 0 … steps: float32 `[steps + 1]`, computed in float32 as the original does.
///
/// Original: `cosyvoice/flow/flow_matching.py:224`, `CausalConditionalCFM.forward`.
///
/// # Errors
/// None for any number of steps that fits into memory.
pub fn cosine(steps: usize) -> Result<Tensor> {
    let time = |i| 1.0 - (even(i, steps) * 0.5 * PI).cos();
    Tensor::from_iter((0..=steps).map(time), &Device::Cpu)
}

/// `torch.linspace(0, 1, steps + 1)[i]`: from the nearer end, so that the last is exactly 1.
fn even(i: usize, steps: usize) -> f32 {
    let step = 1.0 / steps as f32;
    if i < steps.div_ceil(2) {
        step * i as f32
    } else {
        1.0 - step * (steps - i) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /* This test is based on the following script.
    print(1 - torch.cos(torch.linspace(0, 1, 11) * 0.5 * torch.pi))
    */
    #[test]
    fn ten_steps_lie_closer_at_the_start() -> Result<()> {
        let want = [
            0.0f64,
            0.012311659,
            0.048943484,
            0.108993476,
            0.190983006,
            0.292893219,
            0.412214748,
            0.54600950,
            0.690983006,
            0.843565535,
            1.0,
        ];
        for (got, want) in cosine(10)?.to_vec1::<f32>()?.into_iter().zip(want) {
            assert!((f64::from(got) - want).abs() < 1.2e-7, "{got} for {want}");
        }
        Ok(())
    }

    #[test]
    fn the_last_even_time_is_one() {
        assert!((1..40).all(|steps| even(steps, steps) == 1.0 && even(0, steps) == 0.0));
    }
}
