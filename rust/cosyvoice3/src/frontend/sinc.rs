//! The filters that change a sample rate.

use candle_core::{Device, Result, Tensor};
use std::f64::consts::PI;

const ZERO_CROSSINGS: f64 = 6.0;
const ROLLOFF: f64 = 0.99;

/// Windowed sincs for a change of rate by up/down, a fraction in lowest terms.
///
/// Original: `torchaudio/functional/functional.py:1305`, `_get_sinc_resample_kernel` (2.11).
#[derive(Clone, Copy, Debug)]
pub struct Sinc {
    /// Outputs for every `down` inputs; one filter for each.
    pub up: usize,
    /// Inputs for every `up` outputs.
    pub down: usize,
}

impl Sinc {
    /// From `source` to `target` Hz.
    pub fn new(source: usize, target: usize) -> Self {
        let divisor = gcd(source, target);
        Self {
            up: target / divisor,
            down: source / divisor,
        }
    }

    /// Samples on either side that a filter sees.
    pub fn half_width(self) -> usize {
        (ZERO_CROSSINGS * self.down as f64 / self.cutoff()).ceil() as usize
    }

    /// Samples after the change of a wav of `length` samples: ⌈length·up/down⌉.
    ///
    /// The quotient is rounded to float32 first, so that a long wav may lose its last sample.
    pub fn new_length(self, length: usize) -> usize {
        let quotient = (self.up * length) as f64 / self.down as f64;
        (quotient as f32).ceil() as usize
    }

    /// The filters: float32 `[up, 1, down + 2·half_width]`, made in float64.
    ///
    /// # Errors
    /// None on the CPU.
    pub fn kernel(self) -> Result<Tensor> {
        let width = self.down + 2 * self.half_width();
        let weights = (0..self.up * width).map(|i| self.weight(i / width, i % width));
        Tensor::from_iter(weights, &Device::Cpu)?.reshape((self.up, 1, width))
    }

    /// Nyquist of the lower rate, with the roll-off; in units of half the highest common rate.
    fn cutoff(self) -> f64 {
        self.up.min(self.down) as f64 * ROLLOFF
    }

    fn weight(self, phase: usize, sample: usize) -> f32 {
        // The original divides these two in float32: its times are that far from exact.
        let fraction = f64::from(-(phase as f32) / self.up as f32);
        let sample = (sample as f64 - self.half_width() as f64) / self.down as f64;
        let time = ((fraction + sample) * self.cutoff()).clamp(-ZERO_CROSSINGS, ZERO_CROSSINGS);
        let window = (time * PI / ZERO_CROSSINGS / 2.0).cos().powi(2);
        (sinc(time * PI) * (window * (self.cutoff() / self.down as f64))) as f32
    }
}

fn sinc(angle: f64) -> f64 {
    if angle == 0.0 {
        1.0
    } else {
        angle.sin() / angle
    }
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_fraction_is_in_lowest_terms() {
        let sinc = Sinc::new(44_100, 24_000);
        assert_eq!((sinc.up, sinc.down), (80, 147));
    }

    #[test]
    fn a_filter_is_a_sinc_under_a_hann_window() -> Result<()> {
        // Half the rate: time t·0.99/2 in zero crossings of t samples from the middle.
        let sinc = Sinc::new(2, 1);
        assert_eq!(sinc.half_width(), 13);
        let kernel = sinc.kernel()?.flatten_all()?.to_vec1::<f32>()?;
        for (i, &weight) in kernel.iter().enumerate() {
            let time = ((i as f64 - 13.0) * 0.495).clamp(-6.0, 6.0);
            let window = 0.5 + 0.5 * (PI * time / 6.0).cos();
            let want = if i == 13 {
                0.495
            } else {
                (PI * time).sin() / (PI * time) * window * 0.495
            };
            assert!(
                (f64::from(weight) - want).abs() < 1e-7,
                "{i}: {weight} for {want}"
            );
        }
        Ok(())
    }

    #[test]
    fn the_length_is_that_of_a_quotient_in_float32() {
        assert_eq!(Sinc::new(16_000, 24_000).new_length(3), 5);
        let sinc = Sinc::new(44_100, 24_000);
        let exact = |length: usize| (length * 80).div_ceil(147);
        let lost = (0..300_000).find(|&length| sinc.new_length(length) != exact(length));
        let lost = lost.expect("a long wav that loses a sample");
        assert!(lost * 80 / 147 >= 1 << 17, "{lost}");
        assert_eq!(sinc.new_length(lost) + 1, exact(lost));
    }

    proptest! {
        #[test]
        fn every_filter_passes_a_constant(source in 1usize..60, target in 1usize..60) {
            prop_assume!(source != target);
            let sums = Sinc::new(source, target).kernel().unwrap().sum(2).unwrap();
            for sum in sums.flatten_all().unwrap().to_vec1::<f32>().unwrap() {
                prop_assert!((sum - 1.0).abs() < 0.02, "{}", sum);
            }
        }
    }
}
