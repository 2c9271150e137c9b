//! The prompt's wav.

use candle_core::{Device, Result, Tensor, bail};
use hound::{SampleFormat, WavReader, WavSpec};
use std::fmt::Display;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

/// The lowest rate of a recording, in Hz.
const LOWEST_RATE: u32 = 16_000;
/// The longest recording, in seconds.
const LONGEST: f64 = 30.0;

/// A recording: one channel, ±1.
#[derive(Clone, Debug)]
pub struct Wav {
    /// Float32 `[1, L]`.
    pub samples: Tensor,
    /// Samples per second.
    pub rate: u32,
}

impl Wav {
    /// Reads a wav of 8, 16, 24 or 32 bits, or of floats; the mean where it has several channels.
    ///
    /// Original: `cosyvoice/utils/file_utils.py:44`, `load_wav`, and the limit of 30 s at
    /// `cosyvoice/cli/frontend.py:97`.
    ///
    /// # Errors
    /// If it cannot be read or is no wav, has no samples, less than 16 kHz or more than 30 s; the message says which.
    pub fn read(path: &Path) -> Result<Self> {
        let named = |what: &str| format!("{}: {what}", path.display());
        let file = match File::open(path) {
            Ok(file) => BufReader::new(file),
            Err(error) => bail!(
                "{}",
                named(&format!(
                    "the wav cannot be opened, {error}: name another file"
                ))
            ),
        };
        match read(file) {
            Ok(wav) => Ok(wav),
            Err(sentence) => bail!("{}", named(&sentence)),
        }
    }
}

type Sentence<T> = std::result::Result<T, String>;

fn read(file: impl std::io::Read) -> Sentence<Wav> {
    let reader = WavReader::new(file).map_err(unreadable)?;
    let WavSpec {
        channels,
        sample_rate: rate,
        ..
    } = reader.spec();
    let samples = mono(&interleaved(reader)?, usize::from(channels));
    allowed(samples.len(), rate)?;
    let samples =
        Tensor::from_vec(samples, (1, ()), &Device::Cpu).map_err(|error| error.to_string())?;
    Ok(Wav { samples, rate })
}

/// All samples as float32 in ±1, the channels' side by side.
fn interleaved(mut reader: WavReader<impl std::io::Read>) -> Sentence<Vec<f32>> {
    let WavSpec {
        sample_format,
        bits_per_sample,
        ..
    } = reader.spec();
    let samples: hound::Result<Vec<f32>> = match sample_format {
        SampleFormat::Float => reader.samples::<f32>().collect(),
        SampleFormat::Int => {
            let full = (1u64 << (bits_per_sample - 1)) as f32;
            let scaled = |sample: hound::Result<i32>| Ok(sample? as f32 / full);
            reader.samples::<i32>().map(scaled).collect()
        }
    };
    samples.map_err(unreadable)
}

fn unreadable(error: impl Display) -> String {
    format!("this is no wav that can be read ({error}): convert it to 16-bit PCM")
}

/// The mean over the channels, summed in float32 as the original does.
fn mono(samples: &[f32], channels: usize) -> Vec<f32> {
    let mean = |frame: &[f32]| frame.iter().sum::<f32>() / channels as f32;
    samples.chunks_exact(channels).map(mean).collect()
}

fn allowed(length: usize, rate: u32) -> Sentence<()> {
    let seconds = length as f64 / f64::from(rate);
    if length == 0 {
        return Err("the wav has no samples: give a recording of up to 30 s".to_owned());
    }
    if rate < LOWEST_RATE {
        return Err(format!(
            "the wav has {rate} Hz, and what is below {LOWEST_RATE} Hz is not resampled: give a recording of a higher rate"
        ));
    }
    if (length as f64 * 16_000.0 / f64::from(rate)).ceil() > LONGEST * 16_000.0 {
        return Err(format!(
            "the wav is {seconds:.1} s long: cut it to at most {LONGEST} s"
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use hound::WavWriter;
    use std::io::Cursor;

    /// A wav file of these samples, interleaved, as its format has them.
    fn file(channels: u16, rate: u32, bits: u16, samples: &[i32]) -> Vec<u8> {
        let spec = WavSpec {
            channels,
            sample_rate: rate,
            bits_per_sample: bits,
            sample_format: SampleFormat::Int,
        };
        let mut bytes = Cursor::new(Vec::new());
        let mut writer = WavWriter::new(&mut bytes, spec).unwrap();
        for &sample in samples {
            writer.write_sample(sample).unwrap();
        }
        writer.finalize().unwrap();
        bytes.into_inner()
    }

    fn samples(bytes: &[u8]) -> Vec<f32> {
        let wav = read(bytes).unwrap();
        wav.samples.squeeze(0).unwrap().to_vec1().unwrap()
    }

    fn error(bytes: &[u8]) -> String {
        read(bytes).unwrap_err()
    }

    #[test]
    fn full_scale_is_one_at_every_depth() {
        for bits in [8, 16, 24, 32] {
            let full = (1i64 << (bits - 1)) as i32;
            let bytes = file(
                1,
                16_000,
                bits,
                &[full.wrapping_neg(), full / 2, 0, -(full / 4)],
            );
            let want = if bits == 32 {
                [-1.0, -0.5, 0.0, 0.25]
            } else {
                [-1.0, 0.5, 0.0, -0.25]
            };
            assert_eq!(samples(&bytes), want, "{bits} bits");
        }
    }

    #[test]
    fn no_bit_of_24_is_lost() {
        let bytes = file(1, 48_000, 24, &[1, -1, 0x12_3457]);
        let unit = 1.0 / 8_388_608.0;
        assert_eq!(samples(&bytes), [unit, -unit, 0x12_3457 as f32 * unit]);
    }

    #[test]
    fn floats_are_taken_as_they_are() {
        let spec = WavSpec {
            channels: 1,
            sample_rate: 24_000,
            bits_per_sample: 32,
            sample_format: SampleFormat::Float,
        };
        let mut bytes = Cursor::new(Vec::new());
        let mut writer = WavWriter::new(&mut bytes, spec).unwrap();
        for sample in [0.1f32, -1.5] {
            writer.write_sample(sample).unwrap();
        }
        writer.finalize().unwrap();
        let wav = read(bytes.into_inner().as_slice()).unwrap();
        assert_eq!(wav.samples.to_vec2::<f32>().unwrap(), [[0.1, -1.5]]);
        assert_eq!(wav.rate, 24_000);
    }

    #[test]
    fn channels_are_averaged() {
        let bytes = file(2, 16_000, 16, &[16_384, 0, -16_384, -8192]);
        assert_eq!(samples(&bytes), [0.25, -0.375]);
        let bytes = file(3, 16_000, 16, &[3, 6, 9]);
        assert_eq!(samples(&bytes), [6.0 / 32_768.0]);
    }

    #[test]
    fn what_is_no_wav_is_an_error() {
        for bytes in [
            &b""[..],
            b"ID3\x04 this is something else",
            &file(1, 16_000, 16, &[1, 2])[..45],
        ] {
            let error = error(bytes);
            assert!(
                error.starts_with("this is no wav that can be read ("),
                "{error}"
            );
            assert!(error.ends_with("): convert it to 16-bit PCM"), "{error}");
        }
    }

    #[test]
    fn an_empty_wav_is_an_error() {
        let want = "the wav has no samples: give a recording of up to 30 s";
        assert_eq!(error(&file(2, 16_000, 24, &[])), want);
    }

    #[test]
    fn thirty_seconds_are_allowed_and_no_sample_more() {
        assert!(read(file(1, 16_000, 16, &vec![1; 480_000]).as_slice()).is_ok());
        let want = "the wav is 31.0 s long: cut it to at most 30 s";
        assert_eq!(error(&file(1, 16_000, 16, &vec![1; 496_000])), want);
        assert!(read(file(1, 48_000, 8, &vec![1; 1_440_001]).as_slice()).is_err());
    }

    #[test]
    fn a_low_rate_is_an_error() {
        let want = "the wav has 8000 Hz, and what is below 16000 Hz is not resampled: give a recording of a higher rate";
        assert_eq!(error(&file(1, 8000, 16, &[1, 2, 3])), want);
    }

    #[test]
    fn the_file_is_named() {
        let error = Wav::read(Path::new("/nowhere/prompt.wav"))
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("/nowhere/prompt.wav: the wav cannot be opened, "),
            "{error}"
        );
    }

    #[test]
    fn the_vendored_recording_is_read() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../../../sessions/cosyvoice3/data/arctic_a0007.wav");
        let wav = Wav::read(&path).unwrap();
        assert_eq!((wav.samples.dims(), wav.rate), (&[1, 64_000][..], 16_000));
    }
}
