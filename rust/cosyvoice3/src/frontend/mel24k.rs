//! The prompt's mel.

use super::frames::reflected;
use super::mel_filters::mel_filters;
use super::stft::stft;
use super::window::hann;
use candle_core::{Result, Tensor};
use dsp::fourier::power;

/// Samples per second of the wav.
pub const RATE: u32 = 24_000;
const SIZE: usize = 1920;
const HOP: usize = 480;
const BANDS: usize = 80;

/// The log-mel spectrogram that the flow continues, with 50 frames a second.
///
/// Original: `matcha/utils/audio.py:45`, `mel_spectrogram`, with the settings of CosyVoice3
/// (`examples/libritts/cosyvoice3/conf/cosyvoice3.yaml:140`).
#[derive(Debug)]
pub struct Mel24k {
    window: Tensor,
    filters: Tensor,
}

impl Mel24k {
    /// Makes the window and the filters.
    ///
    /// # Errors
    /// None on the CPU.
    pub fn new() -> Result<Self> {
        Ok(Self {
            window: hann(SIZE)?,
            filters: mel_filters(RATE, SIZE, BANDS)?,
        })
    }

    /// wav `[B, L]`, L > 720 → `[B, 80, L / 480]`.
    ///
    /// # Errors
    /// If the wav is too short to be mirrored at its ends.
    pub fn forward(&self, wav: &Tensor) -> Result<Tensor> {
        let padded = reflected(wav, (SIZE - HOP) / 2)?;
        let spectrum = stft(&padded, &self.window, HOP)?;
        let magnitude = (power(&spectrum)? + 1e-9)?.sqrt()?.transpose(1, 2)?;
        let magnitude = tap::tap("magnitude", &magnitude)?;
        let filters = tap::tap("filters", &self.filters)?;
        let mel = tap::tap("mel", &filters.broadcast_matmul(&magnitude)?)?;
        mel.maximum(1e-5)?.log()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_within, tone};
    use candle_core::{DType, Device};

    #[test]
    fn silence_is_the_smallest_logarithm() -> Result<()> {
        let mel = Mel24k::new()?.forward(&Tensor::zeros((1, 4800), DType::F32, &Device::Cpu)?)?;
        assert_eq!(mel.dims(), [1, 80, 10]);
        assert_within(&mel, &[1e-5f32.ln(); 800], 1e-6)?;
        Ok(())
    }

    #[test]
    fn a_tone_is_where_its_bin_is() -> Result<()> {
        // A sine on bin 80 (1 kHz) has N/4 there under a Hann window, and half of that beside it.
        let mel = Mel24k::new()?.forward(&tone(1000.0, RATE, 0.5))?.get(0)?;
        let filters = mel_filters(RATE, SIZE, BANDS)?.to_vec2::<f32>()?;
        for (band, row) in filters.iter().enumerate() {
            let want = 240.0 * row[79] + 480.0 * row[80] + 240.0 * row[81];
            let got = mel.get(band)?.get(12)?.to_scalar::<f32>()?;
            assert!(
                want == 0.0 || (got - want.ln()).abs() < 1e-4,
                "band {band}: {got} for {}",
                want.ln()
            );
        }
        Ok(())
    }

    #[test]
    fn the_shortest_wav_has_721_samples() -> Result<()> {
        let wav = |length| Tensor::ones((1, length), DType::F32, &Device::Cpu);
        assert_eq!(Mel24k::new()?.forward(&wav(721)?)?.dims(), [1, 80, 1]);
        assert!(Mel24k::new()?.forward(&wav(720)?).is_err());
        Ok(())
    }
}
