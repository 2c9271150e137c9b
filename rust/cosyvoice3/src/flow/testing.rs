//! What the tests of the layers share. The scripts that they quote begin with
//!
//! ```python
//! import math, torch
//! from torch.nn.functional import *
//! torch.set_default_dtype(torch.float64)
//! def ramp(*shape, first=0):
//!     return ((torch.arange(math.prod(shape)) * 7 + first) % 11 - 5).double().div(10).reshape(shape)
//! ```

use super::config::{CfmConfig, Config, EmbedConfig, FlowConfig};
use candle_core::{DType, Device, Result, Shape, Tensor};
use candle_nn::{VarBuilder, VarMap};

/// `ramp(*shape, first=first)` of the scripts.
pub fn ramp_from(first: usize, shape: impl Into<Shape>) -> Tensor {
    let shape = shape.into();
    let value = |i: usize| ((i * 7 + first) % 11) as f32 / 10.0 - 0.5;
    let values = (0..shape.elem_count()).map(value).collect::<Vec<_>>();
    Tensor::from_vec(values, shape, &Device::Cpu).unwrap()
}

/// `ramp(*shape)` of the scripts.
pub fn ramp(shape: impl Into<Shape>) -> Tensor {
    ramp_from(0, shape)
}

/// A checkpoint of these tensors.
pub fn weights<N: Into<String>>(
    named: impl IntoIterator<Item = (N, Tensor)>,
) -> VarBuilder<'static> {
    let named = named
        .into_iter()
        .map(|(name, tensor)| (name.into(), tensor));
    VarBuilder::from_tensors(named.collect(), DType::F32, &Device::Cpu)
}

/// A checkpoint of nothing.
pub fn no_weights() -> VarBuilder<'static> {
    weights::<&str>([])
}

/// A checkpoint of random weights, whatever is asked of it.
pub fn random_weights() -> VarBuilder<'static> {
    VarBuilder::from_varmap(&VarMap::new(), DType::F32, &Device::Cpu)
}

/// The smallest model that has every part.
pub fn tiny() -> Config {
    Config {
        dim: 4,
        depth: 2,
        heads: 2,
        dim_head: 2,
        ff_mult: 2,
        mel_dim: 3,
        mu_dim: 2,
        spk_dim: 1,
        static_chunk_size: 4,
        conv_kernel: 3,
        conv_groups: 2,
        time_freq_dim: 6,
    }
}

/// The smallest embedding that has every part, for `tiny()`.
pub fn tiny_embed() -> EmbedConfig {
    EmbedConfig {
        vocab_size: 7,
        input_size: 2,
        output_size: 1,
        spk_embed_dim: 4,
        pre_lookahead_len: 2,
        pre_lookahead_channels: 3,
        token_mel_ratio: 2,
    }
}

/// The smallest flow that has every part.
pub fn tiny_flow() -> FlowConfig {
    FlowConfig {
        embed: tiny_embed(),
        cfm: CfmConfig {
            n_timesteps: 2,
            inference_cfg_rate: 0.7,
        },
        dit: tiny(),
    }
}

/// Panics unless `got` has the elements `want`, in memory order, to the six digits that the scripts print.
pub fn assert_close(got: &Tensor, want: &[f32]) -> Result<()> {
    let got = got.flatten_all()?.to_vec1::<f32>()?;
    assert_eq!(got.len(), want.len());
    let far = got
        .iter()
        .zip(want)
        .position(|(got, want)| (got - want).abs() > 2e-6 || got.is_nan());
    assert_eq!(far, None, "got {got:?}, want {want:?}");
    Ok(())
}
