//! Convolutions over time that see one direction only.

use super::weight_norm::weight_norm;
use candle_core::{D, Result, Tensor};
use candle_nn::{Conv1d, Conv1dConfig, Module, VarBuilder, conv1d};

/// Frames that a convolution of that size lacks to be as long as its input.
///
/// Original: `cosyvoice/transformer/convolution.py:171`.
pub fn causal_padding(kernel: usize, dilation: usize) -> usize {
    (kernel * dilation - dilation) / 2 * 2 + (kernel + 1) % 2
}

fn normalised(
    channels: usize,
    out: usize,
    kernel: usize,
    dilation: usize,
    vb: VarBuilder,
) -> Result<Conv1d> {
    let config = Conv1dConfig {
        dilation,
        ..Default::default()
    };
    let weight = weight_norm((out, channels, kernel), &vb)?;
    Ok(Conv1d::new(weight, Some(vb.get(out, "bias")?), config))
}

/// A convolution that sees the past, which begins with zeros: `[B, C, T]` → `[B, C', T]`.
///
/// Original: `cosyvoice/transformer/convolution.py:151`, `CausalConv1d`.
#[derive(Debug)]
pub struct LeftConv {
    conv: Conv1d,
    past: usize,
}

impl LeftConv {
    /// Reads a normalised weight and `bias`.
    ///
    /// # Errors
    /// If a weight is missing or has another shape.
    pub fn new(
        channels: usize,
        out: usize,
        kernel: usize,
        dilation: usize,
        vb: VarBuilder,
    ) -> Result<Self> {
        Ok(Self {
            conv: normalised(channels, out, kernel, dilation, vb)?,
            past: causal_padding(kernel, dilation),
        })
    }

    /// x `[B, C, T]` → `[B, C', T]`.
    ///
    /// # Errors
    /// If x has another number of channels.
    #[track_caller]
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.conv
            .forward(&x.pad_with_zeros(D::Minus1, self.past, 0)?)
    }
}

/// A convolution that looks ahead: `[B, C, T]` → `[B, C', T]`.
///
/// Original: `cosyvoice/transformer/convolution.py:151`, `CausalConv1d` with `causal_type='right'`.
#[derive(Debug)]
pub struct RightConv {
    conv: Conv1d,
    /// Frames that it looks ahead.
    pub look: usize,
}

impl RightConv {
    /// Reads a normalised weight and `bias`.
    ///
    /// # Errors
    /// If a weight is missing or has another shape.
    pub fn new(channels: usize, out: usize, kernel: usize, vb: VarBuilder) -> Result<Self> {
        Ok(Self {
            conv: normalised(channels, out, kernel, 1, vb)?,
            look: causal_padding(kernel, 1),
        })
    }

    /// x `[B, C, T]` → `[B, C', T]`, with zeros after its end where `finalize`; otherwise its last frames are only
    /// looked at: `[B, C', T − look]`.
    ///
    /// # Errors
    /// If x has another number of channels, or no frame that is not only looked at.
    #[track_caller]
    pub fn forward(&self, x: &Tensor, finalize: bool) -> Result<Tensor> {
        let zeros = if finalize { self.look } else { 0 };
        self.conv.forward(&x.pad_with_zeros(D::Minus1, 0, zeros)?)
    }
}

/// A convolution with a stride, whose past begins with rate − 1 zeros; kernel 2·rate, or 1 at a rate of 1. Its weight
/// is not normalised. `[B, C, N]` → `[B, C', ⌊(N − 1)/rate⌋]`, or N frames at a rate of 1.
///
/// Original: `cosyvoice/transformer/convolution.py:190`, `CausalConv1dDownSample`.
#[derive(Debug)]
pub struct ThinningConv {
    conv: Conv1d,
    past: usize,
}

impl ThinningConv {
    /// Reads `weight` and `bias`.
    ///
    /// # Errors
    /// If a weight is missing or has another shape.
    pub fn new(channels: usize, out: usize, rate: usize, vb: VarBuilder) -> Result<Self> {
        let stride = Conv1dConfig {
            stride: rate,
            ..Default::default()
        };
        let kernel = if rate == 1 { 1 } else { 2 * rate };
        Ok(Self {
            conv: conv1d(channels, out, kernel, stride, vb)?,
            past: rate - 1,
        })
    }

    /// Thins x out.
    ///
    /// # Errors
    /// If x has another number of channels, or is too short.
    #[track_caller]
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        self.conv
            .forward(&x.pad_with_zeros(D::Minus1, self.past, 0)?)
    }
}

/// Repeats every frame, then convolves over the past: `[B, C, T]` → `[B, C', rate·T]`.
///
/// Original: `cosyvoice/transformer/convolution.py:225`, `CausalConv1dUpsample`.
#[derive(Debug)]
pub struct RepeatingConv {
    conv: Conv1d,
    past: usize,
    rate: usize,
}

impl RepeatingConv {
    /// Reads a normalised weight and `bias`.
    ///
    /// # Errors
    /// If a weight is missing or has another shape.
    pub fn new(
        channels: usize,
        out: usize,
        kernel: usize,
        rate: usize,
        vb: VarBuilder,
    ) -> Result<Self> {
        Ok(Self {
            conv: normalised(channels, out, kernel, 1, vb)?,
            past: kernel - 1,
            rate,
        })
    }

    /// x `[B, C, T]` → `[B, C', rate·T]`.
    ///
    /// # Errors
    /// If x has another number of channels.
    #[track_caller]
    pub fn forward(&self, x: &Tensor) -> Result<Tensor> {
        let x = repeat(x, self.rate)?;
        self.conv
            .forward(&x.pad_with_zeros(D::Minus1, self.past, 0)?)
    }
}

/// Every element along the last dimension `times` in a row: `[…, T]` → `[…, times·T]`.
///
/// # Errors
/// If x is of rank 0.
pub fn repeat(x: &Tensor, times: usize) -> Result<Tensor> {
    let mut dims = x.dims().to_vec();
    dims.push(times);
    let repeated = x.unsqueeze(D::Minus1)?.broadcast_as(dims)?;
    repeated.flatten(D::Minus2, D::Minus1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_close, normalised, ramp, weights};

    /* These tests are based on the following script.
    x, w, b = ramp(1, 2, 4), ramp(1, 2, 3), ramp(1)
    print(conv1d(pad(x, (4, 0)), w, b, dilation=2), conv1d(pad(x, (0, 2)), w, b), conv1d(x, w, b))
    print(conv1d(pad(ramp(1, 2, 7), (1, 0)), ramp(1, 2, 4), b, stride=2))
    print(conv1d(pad(x.repeat_interleave(2, -1), (2, 0)), w, b))
    */
    fn vb() -> VarBuilder<'static> {
        weights(normalised("", ramp((1, 2, 3))))
    }

    #[test]
    fn the_past_begins_with_zeros() -> Result<()> {
        let conv = LeftConv::new(2, 1, 3, 2, vb())?;
        assert_close(
            &conv.forward(&ramp((1, 2, 4)))?,
            &[-0.43, -0.45, -0.67, -0.59],
        )
    }

    #[test]
    fn what_is_only_looked_at_is_zeros_at_the_end() -> Result<()> {
        let (conv, x) = (RightConv::new(2, 1, 3, vb())?, ramp((1, 2, 4)));
        assert_close(&conv.forward(&x, true)?, &[-0.27, -0.85, -0.1, -0.75])?;
        assert_close(&conv.forward(&x, false)?, &[-0.27, -0.85])
    }

    #[test]
    fn thinning_has_a_past_of_one_less_than_its_rate() -> Result<()> {
        let vb = weights([("weight", ramp((1, 2, 4))), ("bias", ramp(1))]);
        let conv = ThinningConv::new(2, 1, 2, vb)?;
        assert_close(&conv.forward(&ramp((1, 2, 7)))?, &[-0.9, -0.86, -0.25])
    }

    #[test]
    fn frames_are_repeated_before_they_are_convolved() -> Result<()> {
        let conv = RepeatingConv::new(2, 1, 3, 2, vb())?;
        let want = [-0.43, -0.52, -0.24, -0.14, -0.82, -0.83, -0.3, -0.2];
        assert_close(&conv.forward(&ramp((1, 2, 4)))?, &want)
    }

    #[test]
    fn padding_makes_up_for_every_kernel_of_the_model() {
        let kernels = [(1, 1), (4, 1), (5, 1), (7, 1), (3, 5), (7, 3), (11, 5)];
        let padding = kernels.map(|(kernel, dilation)| causal_padding(kernel, dilation));
        assert_eq!(padding, [0, 3, 4, 6, 10, 18, 50]);
    }
}
