//! What the tests of the layers share. The scripts that they quote begin as those of [`fixtures`].

pub use fixtures::{assert_close, ramp, ramp_from, weights};

use super::config::Config;
use candle_core::{DType, Device, Result, Shape, Tensor};
use candle_nn::var_builder::SimpleBackend;
use candle_nn::{Init, VarBuilder};

/// The smallest vocoder that has every part.
pub fn tiny() -> Config {
    Config {
        in_channels: 3,
        base_channels: 8,
        nb_harmonics: 2,
        sampling_rate: 2400,
        nsf_alpha: 0.1,
        nsf_sigma: 0.003,
        nsf_voiced_threshold: 10.0,
        upsample_rates: vec![2, 3, 2],
        upsample_kernel_sizes: vec![4, 7, 5],
        istft_n_fft: 16,
        istft_hop: 4,
        resblock_kernel_sizes: vec![3, 5],
        resblock_dilation_sizes: vec![vec![1, 3], vec![1, 3]],
        source_resblock_kernel_sizes: vec![3, 3, 5],
        source_resblock_dilation_sizes: vec![vec![1, 3]; 3],
        lrelu_slope: 0.1,
        audio_limit: 0.99,
        conv_pre_look_right: 4,
        f0_cond_channels: 4,
    }
}

/// A normalised convolution's keys below `name`: that weight and a ramp as its bias.
pub fn normalised(name: &str, weight: Tensor) -> [(String, Tensor); 3] {
    let magnitude = weight
        .sqr()
        .unwrap()
        .sum_keepdim((1, 2))
        .unwrap()
        .sqrt()
        .unwrap();
    let bias = ramp(weight.dim(0).unwrap());
    let key = |key: &str| {
        if name.is_empty() {
            key.to_owned()
        } else {
            format!("{name}.{key}")
        }
    };
    [
        (key("parametrizations.weight.original0"), magnitude),
        (key("parametrizations.weight.original1"), weight),
        (key("bias"), bias),
    ]
}

/// A checkpoint of small numbers, none of them alike, whatever is asked of it.
pub fn some_weights() -> VarBuilder<'static> {
    VarBuilder::from_backend(Box::new(Ramps), DType::F32, Device::Cpu)
}

struct Ramps;

impl SimpleBackend for Ramps {
    fn get(&self, shape: Shape, name: &str, _: Init, dtype: DType, _: &Device) -> Result<Tensor> {
        let first = name.bytes().map(usize::from).sum();
        (ramp_from(first, shape) * 0.5)?.to_dtype(dtype)
    }

    fn get_unchecked(&self, name: &str, _: DType, _: &Device) -> Result<Tensor> {
        candle_core::bail!("`{name}` is asked for without its shape")
    }

    fn contains_tensor(&self, _: &str) -> bool {
        false
    }
}
