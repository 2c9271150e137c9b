//! The convolutions of the head.

use candle_core::{IndexOp, Result, Tensor};
use candle_nn::VarBuilder;

/// A 3×3 convolution over bands and frames with a stride over the bands alone, without bias.
///
/// candle's own has one stride for both axes. This one adds up the nine positions of the kernel, in chains as short as
/// those of the original's backend; one chain over all of them would lose half a digit more.
#[derive(Debug)]
pub struct StridedConv {
    weight: Tensor,
    name: String,
    stride: usize,
}

impl StridedConv {
    /// Reads `weight`, `[out, in, 3, 3]`.
    ///
    /// # Errors
    /// If it is missing or has another shape.
    pub fn new(inward: usize, outward: usize, stride: usize, vb: VarBuilder) -> Result<Self> {
        Ok(Self {
            weight: vb.get((outward, inward, 3, 3), "weight")?,
            name: vb.prefix(),
            stride,
        })
    }

    /// x `[B, in, M, T]` → `[B, out, ⌈M / stride⌉, T]`.
    ///
    /// # Errors
    /// If the shapes do not fit.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let (batch, _, bands, frames) = x.dims4()?;
        let padded = x.pad_with_zeros(2, 1, 1)?.pad_with_zeros(3, 1, 1)?;
        let position = |i: usize, j: usize| {
            let seen = every(&padded.narrow(2, i, bands)?, self.stride)?.narrow(3, j, frames)?;
            let weight = self.weight.i((.., .., i, j))?.contiguous()?;
            weight.broadcast_matmul(&seen.flatten_from(2)?)
        };
        let mut sum = position(0, 0)?;
        for (i, j) in (1..9).map(|k| (k / 3, k % 3)) {
            sum = (sum + position(i, j)?)?;
        }
        let shape = (
            batch,
            self.weight.dim(0)?,
            bands.div_ceil(self.stride),
            frames,
        );
        tap::tap(&self.name, &sum.reshape(shape)?)
    }
}

/// Bands 0, stride, 2·stride, … of x `[B, C, M, T]`.
///
/// # Errors
/// If x is of another rank.
pub fn every(x: &Tensor, stride: usize) -> Result<Tensor> {
    let bands = (0..x.dim(2)? as u32).step_by(stride);
    x.contiguous()?
        .index_select(&Tensor::from_iter(bands, x.device())?, 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{DType, Device};

    fn conv(weight: Tensor, stride: usize) -> Result<StridedConv> {
        let (outward, inward, _, _) = weight.dims4()?;
        let weights = [("c.weight".to_owned(), weight)].into();
        let vb = VarBuilder::from_tensors(weights, DType::F32, &Device::Cpu);
        StridedConv::new(inward, outward, stride, vb.pp("c"))
    }

    #[test]
    fn every_other_band_is_summed_with_its_neighbours() -> Result<()> {
        // Weights of one: each output is the sum over the 3×3 around it, zeros beyond the border.
        let ones = Tensor::ones((1, 1, 3, 3), DType::F32, &Device::Cpu)?;
        let x = [
            [1f32, 0.0],
            [10.0, 0.0],
            [100.0, 0.0],
            [1e3, 0.0],
            [1e4, 0.0],
        ];
        let x = Tensor::new(&[[x]], &Device::Cpu)?;
        let got = conv(ones, 2)?.forward(&x)?;
        let want = [[11f32, 11.0], [1110.0, 1110.0], [11000.0, 11000.0]];
        assert_eq!(got.squeeze(0)?.squeeze(0)?.to_vec2::<f32>()?, want);
        Ok(())
    }

    #[test]
    fn without_a_stride_it_is_candles_own() -> Result<()> {
        let weight = Tensor::arange(0f32, 54.0, &Device::Cpu)?.reshape((2, 3, 3, 3))?;
        let x = Tensor::arange(0f32, 60.0, &Device::Cpu)?.reshape((1, 3, 5, 4))?;
        let want = x.conv2d(&weight, 1, 1, 1, 1)?;
        assert_eq!(
            conv(weight, 1)?
                .forward(&x)?
                .flatten_all()?
                .to_vec1::<f32>()?,
            want.flatten_all()?.to_vec1::<f32>()?
        );
        Ok(())
    }
}
