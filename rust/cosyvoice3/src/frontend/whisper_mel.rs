//! What the speech tokens are made of.

use super::frames::reflected;
use super::mel_filters::mel_filters;
use super::stft::stft;
use super::window::hann;
use candle_core::{Result, Tensor};
use dsp::fourier::power;

/// Samples per second of the wav.
pub const RATE: u32 = 16_000;
const SIZE: usize = 400;
const HOP: usize = 160;
const BANDS: usize = 128;

/// Whisper's log-mel spectrogram with 128 bands and 100 frames a second.
///
/// Original: `whisper/audio.py:110`, `log_mel_spectrogram`, called at `cosyvoice/cli/frontend.py:98`.
#[derive(Debug)]
pub struct WhisperMel {
    window: Tensor,
    filters: Tensor,
}

impl WhisperMel {
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

    /// wav `[B, L]`, L > 200 → `[B, 128, L / 160]`: at most 2 below the loudest of the batch.
    ///
    /// # Errors
    /// If the wav is too short to be mirrored at its ends.
    pub fn forward(&self, wav: &Tensor) -> Result<Tensor> {
        let spectrum = stft(&reflected(wav, SIZE / 2)?, &self.window, HOP)?;
        let all_but_last = spectrum.narrow(1, 0, spectrum.dim(1)? - 1)?;
        // Squared again after the root, as the original squares magnitudes.
        let power = power(&all_but_last)?.sqrt()?.sqr()?.transpose(1, 2)?;
        let power = tap::tap("power", &power)?;
        let filters = tap::tap("filters", &self.filters)?;
        let mel = tap::tap("mel", &filters.broadcast_matmul(&power)?)?;
        let log = tap::tap("log", &log10(&mel.maximum(1e-10)?)?)?;
        let loudest = log.max_all()?;
        let raised = tap::tap("raised", &log.broadcast_maximum(&(loudest - 8.0)?)?)?;
        (raised + 4.0)? / 4.0
    }
}

fn log10(x: &Tensor) -> Result<Tensor> {
    let logs = x
        .flatten_all()?
        .to_vec1::<f32>()?
        .into_iter()
        .map(f32::log10);
    Tensor::from_iter(logs, x.device())?.reshape(x.dims())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_within, tone};
    use candle_core::{DType, Device};

    #[test]
    fn silence_is_the_smallest_logarithm() -> Result<()> {
        let mel =
            WhisperMel::new()?.forward(&Tensor::zeros((1, 3300), DType::F32, &Device::Cpu)?)?;
        assert_eq!(mel.dims(), [1, 128, 20]);
        assert_within(&mel, &[-1.5; 2560], 1e-6)?;
        Ok(())
    }

    #[test]
    fn a_tone_is_where_its_bin_is_and_all_else_two_below() -> Result<()> {
        // A sine on bin 50 (2 kHz) has (N/4)² there under a Hann window, and a quarter of that beside it.
        let mel = WhisperMel::new()?
            .forward(&tone(2000.0, RATE, 0.2))?
            .get(0)?;
        let filters = mel_filters(RATE, SIZE, BANDS)?.to_vec2::<f32>()?;
        let power = |row: &Vec<f32>| 2500.0 * row[49] + 10000.0 * row[50] + 2500.0 * row[51];
        let loudest = filters.iter().map(power).fold(0.0, f32::max).log10();
        for (band, row) in filters.iter().enumerate() {
            let want = (power(row).log10().max(loudest - 8.0) + 4.0) / 4.0;
            let got = mel.get(band)?.get(10)?.to_scalar::<f32>()?;
            // The last frames see the mirrored end, which is louder by a little.
            assert!((got - want).abs() < 2e-2, "band {band}: {got} for {want}");
        }
        Ok(())
    }

    #[test]
    fn the_shortest_wav_has_201_samples() -> Result<()> {
        let wav = |length| Tensor::ones((1, length), DType::F32, &Device::Cpu);
        assert_eq!(WhisperMel::new()?.forward(&wav(201)?)?.dims(), [1, 128, 1]);
        assert!(WhisperMel::new()?.forward(&wav(200)?).is_err());
        Ok(())
    }
}
