//! What the tests of the frontend share.

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

/// Panics unless `got` has the elements `want`, in memory order, each to within `tolerance`.
pub fn assert_close(got: &Tensor, want: &[f32], tolerance: f32) {
    let got = got.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    assert_eq!(got.len(), want.len());
    let far = got
        .iter()
        .zip(want)
        .position(|(got, want)| (got - want).abs() > tolerance || got.is_nan());
    if let Some(i) = far {
        panic!("element {i}: got {}, want {}", got[i], want[i]);
    }
}
