//! Means over segments.

use crate::mean::mean;
use candle_core::{Result, Tensor};

/// x `[B, C, T]` → the same shape: each frame is the mean of its segment of `length` frames; the last may be shorter.
///
/// Original: `layers.py`, `CAMLayer.seg_pooling`.
///
/// # Errors
/// If x is of another rank.
pub fn segment_means(x: &Tensor, length: usize) -> Result<Tensor> {
    let (batch, channels, frames) = x.dims3()?;
    let segment = |start: usize| {
        let count = length.min(frames - start);
        mean(&x.narrow(2, start, count)?, 2)?.broadcast_as((batch, channels, count))
    };
    let segments = (0..frames).step_by(length).map(segment);
    Tensor::cat(&segments.collect::<Result<Vec<_>>>()?, 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn the_last_segment_is_divided_by_its_own_length() -> Result<()> {
        let x = Tensor::new(&[[[1f32, 3.0, 4.0, 6.0, 9.0]]], &Device::Cpu)?;
        let got = segment_means(&x, 2)?.to_vec3::<f32>()?;
        assert_eq!(got, [[[2.0, 2.0, 5.0, 5.0, 9.0]]]);
        Ok(())
    }
}
