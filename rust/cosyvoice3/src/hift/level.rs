//! One upsampling of the network.

use super::causal_conv::{RepeatingConv, ThinningConv};
use super::config::Config;
use super::resblock::ResBlock;
use candle_core::{Result, Tensor};
use candle_nn::VarBuilder;
use candle_nn::ops::leaky_relu;

/// Upsamples, adds the source, and takes the mean of residual blocks of several kernels.
///
/// Original: the loop of `cosyvoice/hifigan/generator.py:686`.
#[derive(Debug)]
pub struct Level {
    index: usize,
    slope: f64,
    last: bool,
    up: RepeatingConv,
    source_down: ThinningConv,
    source_block: ResBlock,
    blocks: Vec<ResBlock>,
}

impl Level {
    /// Reads the level's entries of `ups`, `source_downs`, `source_resblocks` and `resblocks`.
    ///
    /// # Errors
    /// If a weight is missing or has another shape.
    pub fn new(config: &Config, index: usize, vb: &VarBuilder) -> Result<Self> {
        let (channels, out) = (config.channels(index), config.channels(index + 1));
        let (rate, kernel) = (
            config.upsample_rates[index],
            config.upsample_kernel_sizes[index],
        );
        let own = |name: &str| vb.pp(name).pp(index);
        Ok(Self {
            index,
            slope: config.lrelu_slope,
            last: index + 1 == config.upsample_rates.len(),
            up: RepeatingConv::new(channels, out, kernel, rate, own("ups"))?,
            source_down: ThinningConv::new(
                2 * config.bins(),
                out,
                config.source_rate(index),
                own("source_downs"),
            )?,
            source_block: ResBlock::new(
                out,
                config.source_resblock_kernel_sizes[index],
                &config.source_resblock_dilation_sizes[index],
                own("source_resblocks"),
            )?,
            blocks: blocks(config, index, vb)?,
        })
    }

    /// x `[B, C, n]` and the source's spectrum `[B, 2·F, N]` → `[B, C/2, rate·n]`, one frame more at the last level.
    ///
    /// # Errors
    /// If the shapes do not fit.
    pub fn forward(&self, x: &Tensor, source: &Tensor) -> Result<Tensor> {
        let x = self.up.forward(&leaky_relu(x, self.slope)?)?;
        let x = if self.last { reflect_first(&x)? } else { x };
        let source = self.source_down.forward(source)?;
        let name = format!("source_resblocks.{}", self.index);
        let source = tap::scope(&name, || self.source_block.forward(&source))?;
        let x = tap::tap(&format!("fused.{}", self.index), &(x + source)?)?;
        self.mean_of_blocks(&x)
    }

    fn mean_of_blocks(&self, x: &Tensor) -> Result<Tensor> {
        let first = self.index * self.blocks.len();
        let block = |i: usize| {
            let name = format!("resblocks.{}", first + i);
            tap::scope(&name, || self.blocks[i].forward(x))
        };
        let mut sum = block(0)?;
        for i in 1..self.blocks.len() {
            sum = (sum + block(i)?)?;
        }
        // candle divides by a number by multiplying with its inverse, which rounds otherwise.
        let count = Tensor::new(self.blocks.len() as f32, x.device())?;
        sum.broadcast_div(&count)
    }
}

fn blocks(config: &Config, index: usize, vb: &VarBuilder) -> Result<Vec<ResBlock>> {
    let kernels = &config.resblock_kernel_sizes;
    let kinds = kernels.iter().zip(&config.resblock_dilation_sizes);
    let block = |(i, (&kernel, dilations)): (usize, (&usize, &Vec<usize>))| {
        let vb = vb.pp("resblocks").pp(index * kernels.len() + i);
        ResBlock::new(config.channels(index + 1), kernel, dilations, vb)
    };
    kinds.enumerate().map(block).collect()
}

/// `[B, C, n]` → `[B, C, n + 1]`: the second frame comes before the first.
fn reflect_first(x: &Tensor) -> Result<Tensor> {
    Tensor::cat(&[&x.narrow(2, 1, 1)?, x], 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_close, ramp, some_weights, tiny};

    #[test]
    fn the_last_level_begins_with_its_second_frame() -> Result<()> {
        let x = reflect_first(&ramp((1, 1, 4)))?;
        assert_close(&x, &[0.2, -0.5, 0.2, -0.2, 0.5])
    }

    #[test]
    fn every_level_fits_the_thinned_source() -> Result<()> {
        let (config, weights) = (tiny(), some_weights());
        let (mut x, source) = (ramp((2, 8, 5)), ramp((2, 18, 5 * 12 + 1)));
        for (index, dims) in [[2, 4, 10], [2, 2, 30], [2, 1, 61]].iter().enumerate() {
            x = Level::new(&config, index, &weights)?.forward(&x, &source)?;
            assert_eq!(x.dims(), dims);
        }
        Ok(())
    }
}
