//! Convolutions over frames.

use candle_core::{IndexOp, Result, Tensor};
use candle_nn::VarBuilder;

/// A convolution over an odd number of frames, without bias, that keeps the number of frames but for its stride.
///
/// candle's own sums a kernel's positions and channels in one chain, the original's backend in several: the positions
/// are added up one by one here, since a single chain loses more than twice as much as the original.
#[derive(Debug)]
pub struct PositionConv {
    weight: Tensor,
    name: String,
    stride: usize,
    dilation: usize,
}

impl PositionConv {
    /// Reads `weight`, `[out, in, kernel]`.
    ///
    /// # Errors
    /// If it is missing or has another shape.
    pub fn new(
        (outward, inward, kernel): (usize, usize, usize),
        stride: usize,
        dilation: usize,
        vb: VarBuilder,
    ) -> Result<Self> {
        Ok(Self {
            weight: vb.get((outward, inward, kernel), "weight")?,
            name: vb.prefix(),
            stride,
            dilation,
        })
    }

    /// x `[B, in, T]` → `[B, out, ⌈T / stride⌉]`.
    ///
    /// # Errors
    /// If the shapes do not fit.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let (frames, kernel) = (x.dim(2)?, self.weight.dim(2)?);
        let edge = self.dilation * (kernel / 2);
        let padded = x.pad_with_zeros(2, edge, edge)?;
        let centres = (0..frames as u32).step_by(self.stride);
        let centres = Tensor::from_iter(centres, x.device())?;
        let position = |i: usize| {
            let moved = padded.narrow(2, i * self.dilation, frames)?.contiguous()?;
            let weight = self.weight.i((.., .., i))?.contiguous()?;
            weight.broadcast_matmul(&moved.index_select(&centres, 2)?)
        };
        let mut sum = position(0)?;
        for i in 1..kernel {
            sum = (sum + position(i)?)?;
        }
        tap::tap(&self.name, &sum)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{DType, Device};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_candles_own(frames in 1usize..9, kernel in 0usize..3, stride in 1usize..3, dilation in 1usize..3) {
            let kernel = 2 * kernel + 1;
            let counted = |count: usize| Tensor::arange(0f32, count as f32, &Device::Cpu).unwrap();
            let weight = counted(2 * 3 * kernel).reshape((2, 3, kernel)).unwrap();
            let x = counted(3 * frames).reshape((1, 3, frames)).unwrap();
            let want = x.conv1d(&weight, dilation * (kernel / 2), stride, dilation, 1).unwrap();
            let vb = VarBuilder::from_tensors([("c.weight".to_owned(), weight)].into(), DType::F32, &Device::Cpu);
            let conv = PositionConv::new((2, 3, kernel), stride, dilation, vb.pp("c")).unwrap();
            let got = conv.forward(&x).unwrap();
            prop_assert_eq!(got.to_vec3::<f32>().unwrap(), want.to_vec3::<f32>().unwrap());
        }
    }
}
