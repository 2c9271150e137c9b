//! What the tests of the layers share. The scripts that they quote begin as those of [`crate::flow::testing`].

pub use crate::flow::testing::{assert_close, ramp, ramp_from, random_weights, weights};

use super::config::Config;

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
