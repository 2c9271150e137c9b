//! Pieces of a wav.

use candle_core::{Result, Tensor, bail};

/// The frames of x `[B, L]`, N samples each, every `hop` samples: `[B, 1 + (L − N) / hop, N]`.
///
/// # Errors
/// If x is shorter than one frame.
pub fn frames(x: &Tensor, size: usize, hop: usize) -> Result<Tensor> {
    let (batch, length) = x.dims2()?;
    let Some(rest) = length.checked_sub(size) else {
        bail!("a wav of {length} samples is shorter than one frame of {size}: give a longer one");
    };
    let count = rest / hop + 1;
    let samples = (0..count * size).map(|i| (i / size * hop + i % size) as u32);
    let samples = Tensor::from_iter(samples, x.device())?;
    x.index_select(&samples, 1)?.reshape((batch, count, size))
}

/// x `[B, L]` with `edge` samples mirrored at either end, which themselves are not repeated: `[B, L + 2·edge]`.
///
/// # Errors
/// If x has no more than `edge` samples.
pub fn reflected(x: &Tensor, edge: usize) -> Result<Tensor> {
    let length = x.dim(1)?;
    if length <= edge {
        bail!(
            "a wav of {length} samples is too short to be mirrored by {edge} at its ends: give a longer one"
        );
    }
    let before = (1..=edge).rev();
    let after = (length - 1 - edge..length - 1).rev();
    let samples = before.chain(0..length).chain(after).map(|i| i as u32);
    x.index_select(&Tensor::from_iter(samples, x.device())?, 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;
    use proptest::prelude::*;

    fn counted(length: usize) -> Tensor {
        Tensor::arange(0f32, length as f32, &Device::Cpu)
            .unwrap()
            .unsqueeze(0)
            .unwrap()
    }

    #[test]
    fn frames_begin_every_hop_and_the_rest_is_dropped() -> Result<()> {
        let got = frames(&counted(8), 3, 2)?.to_vec3::<f32>()?;
        assert_eq!(got, [[[0.0, 1.0, 2.0], [2.0, 3.0, 4.0], [4.0, 5.0, 6.0]]]);
        Ok(())
    }

    #[test]
    fn a_wav_shorter_than_a_frame_is_an_error() {
        let error = frames(&counted(2), 3, 1).unwrap_err().to_string();
        assert!(
            error.starts_with("a wav of 2 samples is shorter than one frame of 3"),
            "{error}"
        );
    }

    #[test]
    fn the_end_samples_are_not_repeated() -> Result<()> {
        let got = reflected(&counted(4), 3)?.to_vec2::<f32>()?;
        assert_eq!(got, [[3.0, 2.0, 1.0, 0.0, 1.0, 2.0, 3.0, 2.0, 1.0, 0.0]]);
        Ok(())
    }

    #[test]
    fn what_is_mirrored_must_be_there() {
        let error = reflected(&counted(3), 3).unwrap_err().to_string();
        assert!(
            error.starts_with("a wav of 3 samples is too short"),
            "{error}"
        );
    }

    proptest! {
        #[test]
        fn every_frame_is_a_piece_of_the_wav(length in 1usize..50, size in 1usize..20, hop in 1usize..9) {
            prop_assume!(length >= size);
            let got = frames(&counted(length), size, hop).unwrap().squeeze(0).unwrap().to_vec2::<f32>().unwrap();
            prop_assert_eq!(got.len(), (length - size) / hop + 1);
            for (t, frame) in got.iter().enumerate() {
                let want = (0..size).map(|i| (t * hop + i) as f32).collect::<Vec<_>>();
                prop_assert_eq!(frame, &want);
            }
        }
    }
}
