//! Which frames see which.

use candle_core::{D, DType, Result, Tensor};

/// Which frames may look at which.
///
/// Original: `cosyvoice/flow/DiT/dit.py:164`, `DiT.forward`, and `cosyvoice/utils/mask.py:161`,
/// `add_optional_chunk_mask`.
#[derive(Debug)]
pub struct AttentionMask {
    /// 0 where a query may look, −∞ where not: `[B, 1, T or 1, T]`.
    bias: Tensor,
    /// 0 where the attention's output is to be cleared: `[B, T, 1]`.
    keep: Tensor,
}

impl AttentionMask {
    /// From the padding mask `[B, 1, T]`, 0 at padded frames. With `chunk`, a frame looks at its own chunk of so
    /// many frames and at all before it; without, at all frames.
    ///
    /// A query that could look nowhere looks everywhere, padding included.
    ///
    /// # Errors
    /// If `padding` is not of rank 3, or `dtype` not a float.
    pub fn new(padding: &Tensor, chunk: Option<usize>, dtype: DType) -> Result<Self> {
        let mut allowed = padding.ne(0.0)?;
        if let Some(chunk) = chunk {
            allowed = allowed.broadcast_mul(&chunks(padding.dim(2)?, chunk, padding)?)?;
        }
        let blind = allowed.max_keepdim(D::Minus1)?.eq(0u8)?;
        let allowed = allowed.broadcast_maximum(&blind)?;
        Ok(Self {
            bias: bias(&allowed, dtype)?.unsqueeze(1)?,
            keep: last_query(&allowed)?,
        })
    }

    /// Scores `[B, H, T, T]` with −∞ where a query may not look.
    ///
    /// # Errors
    /// If the shapes do not fit.
    pub fn restrict(&self, scores: &Tensor) -> Result<Tensor> {
        scores.broadcast_add(&self.bias)
    }

    /// x `[B, T, D]` with zeros in the frames at which the last query may not look.
    ///
    /// # Errors
    /// If the shapes do not fit.
    pub fn clear(&self, x: &Tensor) -> Result<Tensor> {
        self.keep
            .broadcast_as(x.shape())?
            .where_cond(x, &x.zeros_like()?)
    }
}

/// 1 where query i may look at key j, j < (i / chunk + 1)·chunk: u8 `[1, T, T]`.
fn chunks(frames: usize, chunk: usize, like: &Tensor) -> Result<Tensor> {
    let ends = (0..frames)
        .map(|i| ((i / chunk + 1) * chunk) as i64)
        .collect::<Vec<_>>();
    let ends = Tensor::from_vec(ends, (1, frames, 1), like.device())?;
    Tensor::arange(0, frames as i64, like.device())?
        .reshape((1, 1, frames))?
        .broadcast_lt(&ends)
}

/// 0 where `allowed`, −∞ elsewhere.
fn bias(allowed: &Tensor, dtype: DType) -> Result<Tensor> {
    let open = Tensor::zeros(allowed.shape(), dtype, allowed.device())?;
    let closed =
        Tensor::full(f32::NEG_INFINITY, allowed.shape(), allowed.device())?.to_dtype(dtype)?;
    allowed.where_cond(&open, &closed)
}

/// The last query's row of `allowed` `[B, Q, T]`, as `[B, T, 1]`.
fn last_query(allowed: &Tensor) -> Result<Tensor> {
    allowed
        .narrow(1, allowed.dim(1)? - 1, 1)?
        .transpose(1, 2)?
        .contiguous()
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;
    use proptest::prelude::*;

    fn mask(padding: &[&[f32]], chunk: Option<usize>) -> Result<AttentionMask> {
        let rows = padding
            .iter()
            .map(|row| Tensor::new(*row, &Device::Cpu))
            .collect::<Result<Vec<_>>>()?;
        AttentionMask::new(&Tensor::stack(&rows, 0)?.unsqueeze(1)?, chunk, DType::F32)
    }

    /// For each query of batch row `b`, the keys that it sees as `#`.
    fn picture(mask: &AttentionMask, b: usize) -> Result<Vec<String>> {
        let rows = mask.bias.get(b)?.squeeze(0)?.to_vec2::<f32>()?;
        let keys = |row: Vec<f32>| {
            row.into_iter()
                .map(|bias| if bias == 0.0 { '#' } else { '.' })
                .collect()
        };
        Ok(rows.into_iter().map(keys).collect())
    }

    fn kept(mask: &AttentionMask, b: usize) -> Result<Vec<u8>> {
        mask.keep.get(b)?.flatten_all()?.to_vec1()
    }

    #[test]
    fn without_chunks_padding_alone_hides_keys() -> Result<()> {
        let mask = mask(&[&[1.0, 1.0, 1.0], &[1.0, 1.0, 0.0]], None)?;
        assert_eq!(
            (picture(&mask, 0)?, kept(&mask, 0)?),
            (vec!["###".into()], vec![1, 1, 1])
        );
        assert_eq!(
            (picture(&mask, 1)?, kept(&mask, 1)?),
            (vec!["##.".into()], vec![1, 1, 0])
        );
        Ok(())
    }

    #[test]
    fn a_chunk_sees_itself_and_all_before() -> Result<()> {
        let mask = mask(&[&[1.0; 5]], Some(2))?;
        assert_eq!(
            picture(&mask, 0)?,
            ["##...", "##...", "####.", "####.", "#####"]
        );
        assert_eq!(kept(&mask, 0)?, [1; 5]);
        Ok(())
    }

    #[test]
    fn chunk_and_padding_both_hide() -> Result<()> {
        let mask = mask(&[&[1.0, 1.0, 1.0, 0.0]], Some(2))?;
        assert_eq!(picture(&mask, 0)?, ["##..", "##..", "###.", "###."]);
        assert_eq!(kept(&mask, 0)?, [1, 1, 1, 0]);
        Ok(())
    }

    #[test]
    fn a_blind_query_sees_everything_padding_included() -> Result<()> {
        let mask = mask(&[&[0.0, 0.0, 1.0, 0.0], &[0.0; 4]], Some(2))?;
        assert_eq!(picture(&mask, 0)?, ["####", "####", "..#.", "..#."]);
        assert_eq!(kept(&mask, 0)?, [0, 0, 1, 0]);
        assert_eq!(
            (picture(&mask, 1)?, kept(&mask, 1)?),
            (vec!["####".to_owned(); 4], vec![1; 4])
        );
        Ok(())
    }

    #[test]
    fn cleared_frames_are_zero_even_where_they_were_not_numbers() -> Result<()> {
        let x = Tensor::new(&[[[1f32], [f32::NAN]]], &Device::Cpu)?;
        let cleared = mask(&[&[1.0, 0.0]], None)?.clear(&x)?;
        assert_eq!(cleared.to_vec3::<f32>()?, [[[1.0], [0.0]]]);
        Ok(())
    }

    proptest! {
        #[test]
        fn shapes_fit_scores_and_frames(batch in 1usize..4, frames in 1usize..130, chunk in 1usize..60) {
            let padding = Tensor::ones((batch, 1, frames), DType::F32, &Device::Cpu).unwrap();
            for chunk in [None, Some(chunk)] {
                let mask = AttentionMask::new(&padding, chunk, DType::F32).unwrap();
                let queries = if chunk.is_some() { frames } else { 1 };
                prop_assert_eq!(mask.bias.dims(), [batch, 1, queries, frames]);
                prop_assert_eq!(mask.keep.dims(), [batch, frames, 1]);
            }
        }
    }
}
