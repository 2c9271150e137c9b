//! Change of sample rate.

use super::sinc::Sinc;
use candle_core::{Result, Tensor};

/// wav `[B, L]` at `source` Hz → `[B, ⌈L·target/source⌉]` at `target` Hz; wav itself where the rates are equal.
///
/// Original: `torchaudio/functional/functional.py:1405`, `_apply_sinc_resample_kernel` (2.11), called at
/// `cosyvoice/utils/file_utils.py:49`.
///
/// # Errors
/// If `wav` is not of rank 2.
pub fn resample(wav: &Tensor, source: usize, target: usize) -> Result<Tensor> {
    if source == target {
        return Ok(wav.clone());
    }
    tap::scope(&format!("to_{target}"), || {
        change(wav, Sinc::new(source, target))
    })
}

fn change(wav: &Tensor, sinc: Sinc) -> Result<Tensor> {
    let width = sinc.half_width();
    let kernel = tap::tap("kernel", &sinc.kernel()?)?;
    let padded = wav
        .pad_with_zeros(1, width, width + sinc.down)?
        .unsqueeze(1)?;
    let phases = tap::tap("phases", &padded.conv1d(&kernel, 0, sinc.down, 1, 1)?)?;
    let interleaved = phases.transpose(1, 2)?.flatten_from(1)?;
    interleaved.narrow(1, 0, sinc.new_length(wav.dim(1)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::tone;
    use candle_core::Device;
    use proptest::prelude::*;

    #[test]
    fn a_tone_stays_a_tone() -> Result<()> {
        for (source, target) in [
            (16_000, 24_000),
            (24_000, 16_000),
            (44_100, 16_000),
            (48_000, 24_000),
        ] {
            let got = resample(&tone(440.0, source as u32, 0.1), source, target)?;
            let want = tone(440.0, target as u32, 0.1);
            assert_eq!(got.dims(), want.dims());
            let far = (got - &want)?
                .narrow(1, 200, want.dim(1)? - 400)?
                .abs()?
                .max_all()?;
            assert!(
                far.to_scalar::<f32>()? < 0.01,
                "{source} to {target}: {far}"
            );
        }
        Ok(())
    }

    #[test]
    fn at_its_own_rate_a_wav_is_left_as_it_is() -> Result<()> {
        let wav = tone(440.0, 16_000, 0.01);
        assert_eq!(
            resample(&wav, 16_000, 16_000)?.to_vec2::<f32>()?,
            wav.to_vec2::<f32>()?
        );
        Ok(())
    }

    proptest! {
        #[test]
        fn any_length_works_down_to_one_sample(length in 1usize..700, source in 0usize..4) {
            let source = [16_000, 22_050, 44_100, 48_000][source];
            let wav = Tensor::ones((1, length), candle_core::DType::F32, &Device::Cpu).unwrap();
            let got = resample(&wav, source, 24_000).unwrap();
            prop_assert_eq!(got.dims(), [1, (length * 24_000).div_ceil(source)]);
        }
    }
}
