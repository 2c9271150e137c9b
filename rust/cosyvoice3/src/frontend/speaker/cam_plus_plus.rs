//! The whole network.

use super::config::Config;
use super::dense_block::DenseBlock;
use super::head::Head;
use super::norm::NormRelu;
use super::statistics::statistics;
use super::tdnn::{Tdnn, Transit};
use candle_core::{Result, Tensor};
use candle_nn::{
    BatchNorm, BatchNormConfig, Conv1d, Module, ModuleT, VarBuilder, batch_norm, conv1d_no_bias,
};

/// CAM++: the speaker embedding of a filter bank.
///
/// Original: `DTDNN.py`, `CAMPPlus`.
#[derive(Debug)]
pub struct CamPlusPlus {
    head: Head,
    tdnn: Tdnn,
    blocks: Vec<(DenseBlock, Transit)>,
    out_nonlinear: NormRelu,
    dense: Conv1d,
    dense_norm: BatchNorm,
}

impl CamPlusPlus {
    /// Reads the network's weights.
    ///
    /// # Errors
    /// If one is missing or has another shape.
    pub fn new(config: &Config, vb: VarBuilder) -> Result<Self> {
        let xvector = vb.pp("xvector");
        let mut channels = config.channels;
        let mut blocks = Vec::new();
        for (i, (&count, &dilation)) in config.layers.iter().zip(&config.dilations).enumerate() {
            let part = |name: &str| xvector.pp(format!("{name}{}", i + 1));
            let block = DenseBlock::new(config, channels, count, dilation, part("block"))?;
            channels += count * config.growth;
            blocks.push((block, Transit::new(channels, part("transit"))?));
            channels /= 2;
        }
        let (head, dense) = (config.head_channels, xvector.pp("dense"));
        Ok(Self {
            head: Head::new(head, vb.pp("head"))?,
            tdnn: Tdnn::new(head * config.bands / 8, config.channels, xvector.pp("tdnn"))?,
            blocks,
            out_nonlinear: NormRelu::new(channels, xvector.pp("out_nonlinear.batchnorm"))?,
            dense: conv1d_no_bias(
                2 * channels,
                config.embedding,
                1,
                Default::default(),
                dense.pp("linear"),
            )?,
            dense_norm: batch_norm(
                config.embedding,
                unscaled(),
                dense.pp("nonlinear.batchnorm"),
            )?,
        })
    }

    /// fbank `[B, T, M]`, T ≥ 3, each band minus its mean over time → `[B, embedding]`.
    ///
    /// # Errors
    /// If the shapes do not fit, or the filter bank is too short.
    pub fn forward(&self, fbank: &Tensor) -> Result<Tensor> {
        let x = self.head.forward(&fbank.transpose(1, 2)?)?;
        let mut x = self.tdnn.forward(&x)?;
        for (block, transit) in &self.blocks {
            x = transit.forward(&block.forward(&x)?)?;
        }
        let x = statistics(&self.out_nonlinear.forward(&x)?)?;
        let x = tap::tap("xvector.stats", &x)?.unsqueeze(2)?;
        self.dense_norm
            .forward_t(&self.dense.forward(&x)?.squeeze(2)?, false)
    }
}

/// A norm without scale and shift.
fn unscaled() -> BatchNormConfig {
    BatchNormConfig {
        affine: false,
        ..1e-5.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::{DType, Device};
    use candle_nn::VarMap;

    fn tiny() -> Result<CamPlusPlus> {
        let config = Config {
            bands: 8,
            head_channels: 2,
            channels: 4,
            growth: 2,
            bottleneck: 2,
            layers: vec![1, 2],
            dilations: vec![1, 2],
            segment: 3,
            embedding: 5,
        };
        let random = VarBuilder::from_varmap(&VarMap::new(), DType::F32, &Device::Cpu);
        CamPlusPlus::new(&config, random)
    }

    #[test]
    fn any_length_works_down_to_three_frames() -> Result<()> {
        let network = tiny()?;
        for frames in [3, 4, 7, 20] {
            let fbank = Tensor::randn(0f32, 1.0, (1, frames, 8), &Device::Cpu)?;
            let embedding = network.forward(&fbank)?;
            assert_eq!(embedding.dims(), [1, 5]);
            let values = embedding.flatten_all()?.to_vec1::<f32>()?;
            assert!(values.iter().all(|value| value.is_finite()), "{values:?}");
        }
        Ok(())
    }

    #[test]
    fn two_frames_are_too_few() -> Result<()> {
        let fbank = Tensor::zeros((1, 2, 8), DType::F32, &Device::Cpu)?;
        let error = tiny()?.forward(&fbank).unwrap_err().to_string();
        assert!(error.starts_with("one frame has no deviation: "), "{error}");
        Ok(())
    }
}
