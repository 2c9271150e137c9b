//! Slaney's mel filters.

use candle_core::{Device, Result, Tensor};

// Linear below 1 kHz, where 15 mel are reached; above it, 27 mel for a factor of 6.4.
const HZ_PER_MEL: f64 = 200.0 / 3.0;
const KNEE_HZ: f64 = 1000.0;
const KNEE_MEL: f64 = KNEE_HZ / HZ_PER_MEL;

/// Triangles on Slaney's scale from 0 to rate/2 Hz, each of area one (in Hz): float32 `[M, size/2 + 1]`.
///
/// Made in float64, and rounded to float32 both before and after they are scaled.
///
/// Original: `librosa/filters.py:128`, `mel` (0.11), as Matcha-TTS calls it; Whisper carries the same numbers.
///
/// # Errors
/// None on the CPU.
pub fn mel_filters(rate: u32, size: usize, bands: usize) -> Result<Tensor> {
    let nyquist = f64::from(rate) / 2.0;
    let edges = spaced(mel(nyquist), bands + 2).map(hz).collect::<Vec<_>>();
    let bins = spaced(nyquist, size / 2 + 1).collect::<Vec<_>>();
    let weights = edges.windows(3).flat_map(|edges| {
        let &[low, centre, high] = edges else {
            unreachable!("windows of three")
        };
        let triangle = move |hz: &f64| {
            let rising = (hz - low) / (centre - low);
            let falling = (high - hz) / (high - centre);
            let height = rising.min(falling).max(0.0) as f32;
            (f64::from(height) * (2.0 / (high - low))) as f32
        };
        bins.iter().map(triangle)
    });
    Tensor::from_iter(weights, &Device::Cpu)?.reshape((bands, bins.len()))
}

/// `count` numbers from 0 to `last`.
fn spaced(last: f64, count: usize) -> impl Iterator<Item = f64> {
    let step = last / (count - 1) as f64;
    (0..count).map(move |i| {
        if i + 1 == count {
            last
        } else {
            i as f64 * step
        }
    })
}

fn mel(hz: f64) -> f64 {
    if hz < KNEE_HZ {
        hz / HZ_PER_MEL
    } else {
        KNEE_MEL + (hz / KNEE_HZ).ln() / log_step()
    }
}

fn hz(mel: f64) -> f64 {
    if mel < KNEE_MEL {
        mel * HZ_PER_MEL
    } else {
        KNEE_HZ * ((mel - KNEE_MEL) * log_step()).exp()
    }
}

/// How much the logarithm of a frequency above the knee grows by one mel.
fn log_step() -> f64 {
    6.4f64.ln() / 27.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_has_its_published_points() {
        for (mels, hertz) in [(0.0, 0.0), (15.0, 1000.0), (42.0, 6400.0)] {
            assert!((mel(hertz) - mels).abs() < 1e-9);
            assert!((hz(mels) - hertz).abs() < 1e-9);
        }
    }

    #[test]
    fn the_filters_are_those_of_librosa() -> Result<()> {
        // librosa 0.11: librosa.filters.mel(sr=24000, n_fft=1920, n_mels=80), the largest of filters 0, 40 and 79.
        let filters = mel_filters(24_000, 1920, 80)?.to_vec2::<f32>()?;
        for (band, bin, height) in [
            (0, 3, 0.021_164_53),
            (40, 169, 0.010_728_232),
            (79, 919, 0.001_993_030_8),
        ] {
            assert_eq!(filters[band][bin], height);
            assert!(filters[band].iter().all(|&other| other <= height));
        }
        Ok(())
    }

    #[test]
    fn a_filter_has_area_one() -> Result<()> {
        for row in mel_filters(16_000, 8192, 10)?.to_vec2::<f32>()? {
            let area = row.iter().sum::<f32>() * 16_000.0 / 8192.0;
            assert!((area - 1.0).abs() < 1e-3, "{area}");
        }
        Ok(())
    }
}
