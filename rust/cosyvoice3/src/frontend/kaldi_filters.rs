//! Kaldi's mel filters.

use candle_core::{Device, Result, Tensor};

/// Triangles on the scale 1127·ln(1 + f/700) from `lowest` Hz to rate/2, each of height one: float32
/// `[M, size/2 + 1]`. The bin at rate/2 is in no filter.
///
/// Made in float32, where differences of large mels leave five digits.
///
/// Original: `torchaudio/compliance/kaldi.py:436`, `get_mel_banks` (2.11).
///
/// # Errors
/// None on the CPU.
pub fn kaldi_filters(rate: u32, size: usize, bands: usize, lowest: f64) -> Result<Tensor> {
    let (bottom, top) = (mel_of(lowest), mel_of(f64::from(rate) / 2.0));
    let step = (top - bottom) / (bands + 1) as f64;
    let edge = |i: usize| bottom as f32 + i as f32 * step as f32;
    let bin_width = (f64::from(rate) / size as f64) as f32;
    let mel = |bin: usize| 1127.0 * (1.0 + bin_width * bin as f32 / 700.0).ln();
    let weight = |band: usize, bin: usize| {
        let (left, centre, right) = (edge(band), edge(band + 1), edge(band + 2));
        let rising = (mel(bin) - left) / (centre - left);
        let falling = (right - mel(bin)) / (right - centre);
        rising.min(falling).max(0.0)
    };
    let weight = |i: usize| match (i / (size / 2 + 1), i % (size / 2 + 1)) {
        (_, bin) if bin == size / 2 => 0.0,
        (band, bin) => weight(band, bin),
    };
    let weights = (0..bands * (size / 2 + 1)).map(weight);
    Tensor::from_iter(weights, &Device::Cpu)?.reshape((bands, size / 2 + 1))
}

fn mel_of(hz: f64) -> f64 {
    1127.0 * (1.0 + hz / 700.0).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_share_every_bin_between_their_centres() -> Result<()> {
        // From the first centre to the last, a bin is on one falling and one rising side, which add up to one.
        let filters = kaldi_filters(16_000, 512, 20, 20.0)?;
        let sums = filters.sum(0)?.to_vec1::<f32>()?;
        let centre = |band: usize| {
            let mel = mel_of(20.0) + (mel_of(8000.0) - mel_of(20.0)) * (band + 1) as f64 / 21.0;
            (700.0 * ((mel / 1127.0).exp() - 1.0) / 31.25) as usize
        };
        for (bin, sum) in sums.iter().enumerate().take(centre(19)).skip(centre(0) + 1) {
            assert!((sum - 1.0).abs() < 1e-4, "bin {bin}: {sum}");
        }
        assert_eq!(sums[256], 0.0);
        Ok(())
    }

    #[test]
    fn a_filter_peaks_at_its_centre() -> Result<()> {
        // 1127·ln(1 + f/700): of 80 filters from 20 to 8000 Hz number 40 is centred at 1830 Hz, bin 58.6.
        let row = kaldi_filters(16_000, 512, 80, 20.0)?.get(40)?;
        assert_eq!(row.argmax(0)?.to_scalar::<u32>()?, 59);
        Ok(())
    }
}
