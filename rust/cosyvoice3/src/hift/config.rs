//! The sizes of the vocoder.

use serde::Deserialize;

/// Sizes of HiFT, as the session's JSON gives them and as `cosyvoice3.yaml` names them. The real model's are in
/// parentheses.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Mel bands, M (80).
    pub in_channels: usize,
    /// Channels before the first upsampling, which every upsampling halves (512).
    pub base_channels: usize,
    /// Overtones of the source (8).
    pub nb_harmonics: usize,
    /// Samples per second (24000).
    pub sampling_rate: usize,
    /// Amplitude of a harmonic, and three times that of the noise where there is no pitch (0.1).
    pub nsf_alpha: f64,
    /// Amplitude of the noise where there is a pitch (0.003).
    pub nsf_sigma: f64,
    /// Hz above which there is a pitch (10).
    pub nsf_voiced_threshold: f64,
    /// By how much each level upsamples (8, 5, 3).
    pub upsample_rates: Vec<usize>,
    /// Kernel of each upsampling (16, 11, 7).
    pub upsample_kernel_sizes: Vec<usize>,
    /// Samples of a short-time spectrum's frame (16).
    pub istft_n_fft: usize,
    /// Samples from one such frame to the next (4).
    pub istft_hop: usize,
    /// Kernels of the residual blocks at every level (3, 7, 11).
    pub resblock_kernel_sizes: Vec<usize>,
    /// Dilations in each of them (1, 3, 5).
    pub resblock_dilation_sizes: Vec<Vec<usize>>,
    /// Kernel of the source's residual block at each level (7, 7, 11).
    pub source_resblock_kernel_sizes: Vec<usize>,
    /// Dilations in it (1, 3, 5).
    pub source_resblock_dilation_sizes: Vec<Vec<usize>>,
    /// Slope of the leaky ReLU before an upsampling (0.1).
    pub lrelu_slope: f64,
    /// Largest sample (0.99).
    pub audio_limit: f64,
    /// Mel frames that the network looks ahead (4).
    pub conv_pre_look_right: usize,
    /// Channels of the pitch predictor (512).
    pub f0_cond_channels: usize,
}

impl Config {
    /// Frames of the short-time spectrum per mel frame (120).
    pub fn stft_frames(&self) -> usize {
        self.upsample_rates.iter().product()
    }

    /// Samples per mel frame (480).
    pub fn samples(&self) -> usize {
        self.stft_frames() * self.istft_hop
    }

    /// Frequencies of the short-time spectrum, F (9).
    pub fn bins(&self) -> usize {
        self.istft_n_fft / 2 + 1
    }

    /// The fundamental and its overtones, H (9).
    pub fn harmonics(&self) -> usize {
        self.nb_harmonics + 1
    }

    /// Channels after so many upsamplings (512, 256, 128, 64).
    pub fn channels(&self, upsamplings: usize) -> usize {
        self.base_channels >> upsamplings
    }

    /// By how much the source's spectrum is thinned out to fit a level (15, 3, 1).
    pub fn source_rate(&self, level: usize) -> usize {
        self.upsample_rates[level + 1..].iter().product()
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::tiny;

    #[test]
    fn rates_are_products_of_the_upsamplings() {
        let config = tiny();
        assert_eq!((config.stft_frames(), config.samples()), (12, 48));
        let rates = (0..3)
            .map(|level| config.source_rate(level))
            .collect::<Vec<_>>();
        assert_eq!(rates, [6, 2, 1]);
        let channels = (0..4).map(|n| config.channels(n)).collect::<Vec<_>>();
        assert_eq!(channels, [8, 4, 2, 1]);
    }
}
