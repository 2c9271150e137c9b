//! What the speaker embedding is made of.

use super::emphasis::emphasised;
use super::frames::frames;
use super::kaldi_filters::kaldi_filters;
use super::mean::mean;
use super::window::povey;
use candle_core::{D, Result, Tensor};
use dsp::fourier::{power, rfft};

/// Samples per second of the wav.
pub const RATE: u32 = 16_000;
const FRAME: usize = 400;
const HOP: usize = 160;
const SIZE: usize = 512;
const BANDS: usize = 80;
const LOWEST_HZ: f64 = 20.0;
const EMPHASIS: f64 = 0.97;

/// Kaldi's log filter bank with 80 bands and 100 frames a second, each band minus its mean over time.
///
/// Original: `torchaudio/compliance/kaldi.py:514`, `fbank` (2.11), called at `cosyvoice/cli/frontend.py:110`.
#[derive(Debug)]
pub struct Fbank {
    window: Tensor,
    filters: Tensor,
}

impl Fbank {
    /// Makes the window and the filters.
    ///
    /// # Errors
    /// None on the CPU.
    pub fn new() -> Result<Self> {
        Ok(Self {
            window: povey(FRAME)?,
            filters: kaldi_filters(RATE, SIZE, BANDS, LOWEST_HZ)?,
        })
    }

    /// wav `[B, L]`, L ≥ 400 → `[B, 1 + (L − 400) / 160, 80]`.
    ///
    /// # Errors
    /// If the wav is shorter than a frame.
    pub fn forward(&self, wav: &Tensor) -> Result<Tensor> {
        let framed = tap::tap("framed", &frames(wav, FRAME, HOP)?)?;
        let centred = framed.broadcast_sub(&mean(&framed, D::Minus1)?)?;
        let centred = tap::tap("centred", &centred)?;
        let emphasised = tap::tap("emphasised", &emphasised(&centred, EMPHASIS)?)?;
        let window = tap::tap("window", &self.window)?;
        let windowed = tap::tap("windowed", &emphasised.broadcast_mul(&window)?)?;
        let padded = windowed.pad_with_zeros(D::Minus1, 0, SIZE - FRAME)?;
        let spectrum = tap::tap("spectrum", &rfft(&padded)?)?;
        // Squared again after the root, as the original squares magnitudes.
        let power = tap::tap("power", &power(&spectrum)?.sqrt()?.sqr()?)?;
        let filters = tap::tap("filters", &self.filters)?;
        let mel = tap::tap("mel", &power.broadcast_matmul(&filters.t()?)?)?;
        let log = tap::tap("log", &mel.maximum(f64::from(f32::EPSILON))?.log()?)?;
        log.broadcast_sub(&mean(&log, 1)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;
    use std::f64::consts::TAU;

    fn wav(samples: usize) -> Vec<f64> {
        let noise = |n: usize| ((n * 7919 + n * n * 31) % 1009) as f64 / 1009.0 - 0.3;
        (0..samples).map(noise).collect()
    }

    fn run(wav: &[f64]) -> Result<Vec<Vec<f32>>> {
        let samples = wav.iter().map(|&sample| sample as f32);
        let wav = Tensor::from_iter(samples, &Device::Cpu)?.unsqueeze(0)?;
        Fbank::new()?.forward(&wav)?.get(0)?.to_vec2()
    }

    /// ln of one band of one frame, as Kaldi's documentation defines it, in float64.
    fn by_definition(frame: &[f64], filter: &[f32]) -> f64 {
        let mean = frame.iter().sum::<f64>() / 400.0;
        let emphasised =
            (0..400).map(|n| frame[n] - mean - 0.97 * (frame[n.saturating_sub(1)] - mean));
        let window = |n: usize| (0.5 - 0.5 * (TAU * n as f64 / 399.0).cos()).powf(0.85);
        let windowed = emphasised
            .enumerate()
            .map(|(n, x)| x * window(n))
            .collect::<Vec<_>>();
        let power = |bin: usize| {
            let turned = |f: fn(f64) -> f64| {
                let terms = windowed.iter().enumerate();
                terms
                    .map(|(n, x)| x * f(TAU * (bin * n) as f64 / 512.0))
                    .sum::<f64>()
            };
            turned(f64::cos).powi(2) + turned(f64::sin).powi(2)
        };
        let weighed = filter
            .iter()
            .enumerate()
            .filter(|(_, weight)| **weight > 0.0);
        weighed
            .map(|(bin, &weight)| f64::from(weight) * power(bin))
            .sum::<f64>()
            .ln()
    }

    #[test]
    fn two_frames_are_what_the_formula_gives() -> Result<()> {
        let wav = wav(560);
        let got = run(&wav)?;
        let filters = kaldi_filters(RATE, SIZE, BANDS, LOWEST_HZ)?.to_vec2::<f32>()?;
        for (band, filter) in filters.iter().enumerate() {
            let logs = [0, 160].map(|start| by_definition(&wav[start..start + 400], filter));
            for (t, log) in logs.iter().enumerate() {
                let want = log - (logs[0] + logs[1]) / 2.0;
                assert!(
                    (f64::from(got[t][band]) - want).abs() < 1e-4,
                    "{t}, {band}: {want}"
                );
            }
        }
        Ok(())
    }

    #[test]
    fn loudness_and_offset_are_taken_away() -> Result<()> {
        let wav = wav(2000);
        let moved = wav
            .iter()
            .map(|sample| 0.5 * sample + 0.2)
            .collect::<Vec<_>>();
        for (row, other) in run(&wav)?.iter().zip(run(&moved)?) {
            for (a, b) in row.iter().zip(other) {
                assert!((a - b).abs() < 1e-3, "{a}, {b}");
            }
        }
        Ok(())
    }

    #[test]
    fn frames_are_not_padded() -> Result<()> {
        assert_eq!(run(&wav(559))?.len(), 1);
        assert_eq!(run(&wav(560))?.len(), 2);
        let error = run(&wav(399)).unwrap_err().to_string();
        assert!(
            error.starts_with("a wav of 399 samples is shorter than one frame of 400"),
            "{error}"
        );
        Ok(())
    }
}
