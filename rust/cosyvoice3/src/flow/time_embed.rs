//! The time embedding.

use super::config::Config;
use candle_core::{D, DType, Result, Tensor};
use candle_nn::{Linear, Module, VarBuilder, linear};

/// Time embedding: SiLU between two linear layers on sinusoids of the time.
///
/// Original: `cosyvoice/flow/DiT/modules.py:606`, `TimestepEmbedding`.
#[derive(Debug)]
pub struct TimeEmbed {
    freq_dim: usize,
    mlp_in: Linear,
    mlp_out: Linear,
}

impl TimeEmbed {
    /// Reads `time_mlp.0` and `time_mlp.2`.
    ///
    /// # Errors
    /// If a weight is missing or has another shape.
    pub fn new(config: &Config, vb: VarBuilder) -> Result<Self> {
        let vb = vb.pp("time_mlp");
        Ok(Self {
            freq_dim: config.time_freq_dim,
            mlp_in: linear(config.time_freq_dim, config.dim, vb.pp("0"))?,
            mlp_out: linear(config.dim, config.dim, vb.pp("2"))?,
        })
    }

    /// t `[B]`, 0 to 1 → `[B, D]`.
    ///
    /// # Errors
    /// If t is not of rank 1.
    pub fn forward(&self, t: &Tensor) -> Result<Tensor> {
        let sinusoids = tap::tap("time_embed.time_embed", &sinusoids(t, self.freq_dim)?)?;
        let hidden = self.mlp_in.forward(&sinusoids)?;
        self.mlp_out.forward(&hidden.silu()?)
    }
}

/// sin and cos of 1000·t·f(i), f(i) = 10000^(−i/(n/2 − 1)), all sines first: t `[B]` → `[B, n]` in t's dtype.
///
/// In float32 and in the original's order, since the phases reach 1000 radians, where float32 rounds by 3e-5.
///
/// Original: `cosyvoice/flow/DiT/modules.py:71`, `SinusPositionEmbedding`.
fn sinusoids(t: &Tensor, n: usize) -> Result<Tensor> {
    let half = n / 2;
    let step = 10000f64.ln() / (half - 1) as f64;
    let indices = Tensor::arange(0, half as i64, t.device())?.to_dtype(DType::F32)?;
    let frequencies = (indices * -step)?.exp()?;
    let times = (t * 1000.0)?.to_dtype(DType::F32)?.unsqueeze(1)?;
    let phases = times.broadcast_mul(&frequencies)?;
    Tensor::cat(&[phases.sin()?, phases.cos()?], D::Minus1)?.to_dtype(t.dtype())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_close, ramp, tiny, weights};
    use candle_core::Device;

    /* These tests are based on the following script.
    t, half = torch.tensor([0.25, 0.999], dtype=torch.float32), 3
    phases = 1000 * t[:, None] * torch.exp(torch.arange(half).float() * -(math.log(10000) / (half - 1)))
    e = torch.cat((phases.sin(), phases.cos()), -1)
    print(e, linear(silu(linear(e.double(), ramp(2, 6), ramp(2))), ramp(2, 2), ramp(2)))
    */
    fn times() -> Result<Tensor> {
        Tensor::new(&[0.25f32, 0.999], &Device::Cpu)
    }

    #[test]
    fn all_sines_come_first_and_phases_are_float32() -> Result<()> {
        let want = [
            -0.970528, 0.598472, 0.024997, 0.240988, -0.801144, 0.999687, // t = 0.25
            -0.026461, -0.535603, 0.099734, 0.99965, -0.84447, 0.995014, // t = 0.999
        ];
        assert_close(&sinusoids(&times()?, 6)?, &want)
    }

    #[test]
    fn the_embedding_is_torchs() -> Result<()> {
        let vb = weights([
            ("time_mlp.0.weight", ramp((2, 6))),
            ("time_mlp.0.bias", ramp(2)),
            ("time_mlp.2.weight", ramp((2, 2))),
            ("time_mlp.2.bias", ramp(2)),
        ]);
        let embed = TimeEmbed::new(&Config { dim: 2, ..tiny() }, vb)?;
        let quarter = times()?.narrow(0, 0, 1)?;
        assert_close(&embed.forward(&quarter)?, &[-0.503321, 0.114595])
    }
}
