//! What the tests of the frontend share.

pub use fixtures::assert_within;

use candle_core::{Device, Tensor};
use std::f64::consts::TAU;

/// A sine of amplitude one: `[1, rate·seconds]`.
pub fn tone(hertz: f64, rate: u32, seconds: f64) -> Tensor {
    let sample = |n: usize| (TAU * hertz * n as f64 / f64::from(rate)).sin() as f32;
    let samples = (0..(seconds * f64::from(rate)) as usize).map(sample);
    Tensor::from_iter(samples, &Device::Cpu)
        .unwrap()
        .unsqueeze(0)
        .unwrap()
}
