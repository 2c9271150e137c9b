//! The network of the vocoder.

use super::causal_conv::{LeftConv, RightConv};
use super::config::Config;
use super::istft::Istft;
use super::level::Level;
use super::stft::Stft;
use candle_core::{Result, Tensor};
use candle_nn::VarBuilder;
use candle_nn::ops::leaky_relu;

const LAST_SLOPE: f64 = 0.01;
const POST_KERNEL: usize = 7;

/// Sound from a mel spectrogram and a source.
///
/// Original: `cosyvoice/hifigan/generator.py:674`, `CausalHiFTGenerator.decode`.
#[derive(Debug)]
pub struct Decoder {
    config: Config,
    stft: Stft,
    conv_pre: RightConv,
    levels: Vec<Level>,
    conv_post: LeftConv,
    istft: Istft,
}

impl Decoder {
    /// Reads the network's weights.
    ///
    /// # Errors
    /// If a weight is missing or has another shape.
    pub fn new(config: &Config, vb: VarBuilder) -> Result<Self> {
        let (base, ahead, count) = (
            config.base_channels,
            config.conv_pre_look_right,
            config.upsample_rates.len(),
        );
        let level = |index| Level::new(config, index, &vb);
        Ok(Self {
            config: config.clone(),
            stft: Stft::new(config)?,
            conv_pre: RightConv::new(config.in_channels, base, ahead + 1, vb.pp("conv_pre"))?,
            levels: (0..count).map(level).collect::<Result<_>>()?,
            conv_post: LeftConv::new(
                config.channels(count),
                2 * config.bins(),
                POST_KERNEL,
                1,
                vb.pp("conv_post"),
            )?,
            istft: Istft::new(config)?,
        })
    }

    /// mel `[B, M, T]` and source `[B, 1, L]` → sound `[B, L]`, ±0.99. Where more is to come the last four mel frames
    /// are only looked at, and a fifth of sound is kept back.
    ///
    /// # Errors
    /// If the shapes do not fit, or more is to come after four mel frames or less.
    pub fn forward(&self, mel: &Tensor, source: &Tensor, finalize: bool) -> Result<Tensor> {
        let source = self.source_spectrum(source, finalize)?;
        let mut x = self.conv_pre.forward(mel, finalize)?;
        for level in &self.levels {
            x = level.forward(&x, &source)?;
        }
        let x = self.conv_post.forward(&leaky_relu(&x, LAST_SLOPE)?)?;
        let bins = self.config.bins();
        let magnitude = tap::tap("magnitude", &x.narrow(1, 0, bins)?.exp()?)?;
        let phase = tap::tap("phase", &x.narrow(1, bins, bins)?.sin()?)?;
        let sound = self.istft.forward(&magnitude, &phase)?;
        let kept_back = if finalize { 0 } else { self.config.samples() };
        let sound = sound.narrow(1, 0, sound.dim(1)? - kept_back)?;
        sound.clamp(-self.config.audio_limit, self.config.audio_limit)
    }

    /// `[B, 1, L]` → `[B, 2·F, N]`, all real parts first, without the frames that are only looked at.
    fn source_spectrum(&self, source: &Tensor, finalize: bool) -> Result<Tensor> {
        let (real, imag) = self.stft.forward(&source.squeeze(1)?)?;
        let both = Tensor::cat(&[real, imag], 1)?;
        let ahead = self.config.stft_frames() * self.conv_pre.look;
        let unseen = if finalize { 0 } else { ahead };
        both.narrow(2, 0, both.dim(2)? - unseen)
    }
}
