//! The mel and its conditions, mixed.

use super::config::Config;
use super::conv_pos_embed::ConvPosEmbed;
use candle_core::{D, Result, Tensor};
use candle_nn::{Linear, Module, VarBuilder, linear};

/// Mixes the noised mel with its conditions, and adds a position embedding made by convolutions.
///
/// Original: `cosyvoice/flow/DiT/dit.py:76`, `InputEmbedding`.
#[derive(Debug)]
pub struct InputEmbed {
    proj: Linear,
    conv_pos_embed: ConvPosEmbed,
}

impl InputEmbed {
    /// Reads `proj`, 2·M + mu + speaker → D, and `conv_pos_embed`.
    ///
    /// # Errors
    /// If a weight is missing or has another shape.
    pub fn new(config: &Config, vb: VarBuilder) -> Result<Self> {
        let channels = 2 * config.mel_dim + config.mu_dim + config.spk_dim;
        Ok(Self {
            proj: linear(channels, config.dim, vb.pp("proj"))?,
            conv_pos_embed: ConvPosEmbed::new(config, vb.pp("conv_pos_embed"))?,
        })
    }

    /// x, cond `[B, T, M]`, mu `[B, T, mu]`, spks `[B, speaker]` → `[B, T, D]`.
    ///
    /// # Errors
    /// If the shapes do not fit.
    pub fn forward(&self, x: &Tensor, cond: &Tensor, mu: &Tensor, spks: &Tensor) -> Result<Tensor> {
        let (batch, frames, _) = x.dims3()?;
        let spks = spks
            .unsqueeze(1)?
            .broadcast_as((batch, frames, spks.dim(1)?))?;
        let joined = Tensor::cat(&[x, cond, mu, &spks], D::Minus1)?;
        let x = self.proj.forward(&joined)?;
        let positions = self.conv_pos_embed.forward(&x)?;
        let positions = tap::tap("input_embed.conv_pos_embed", &positions)?;
        tap::tap("input_embed", &(positions + x)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_close, ramp, ramp_from, tiny, weights};

    /* This test is based on the following script.
    x, cond, mu, spks = ramp(1, 2, 1), ramp(1, 2, 1, first=3), ramp(1, 2, 2, first=5), ramp(1, 1, first=8)
    joined = torch.cat((x, cond, mu, spks[:, None].expand(1, 2, 1)), -1)
    h = linear(joined, ramp(2, 5), ramp(2))
    c = h.transpose(1, 2)
    for _ in range(2):
        c = mish(conv1d(pad(c, (2, 0)), ramp(2, 2, 3), ramp(2)))
    print(c.transpose(1, 2) + h)
    */
    #[test]
    fn the_order_is_x_cond_mu_speaker() -> Result<()> {
        let (conv, bias) = (ramp((2, 2, 3)), ramp(2));
        let vb = weights([
            ("proj.weight", ramp((2, 5))),
            ("proj.bias", bias.clone()),
            ("conv_pos_embed.conv1.0.weight", conv.clone()),
            ("conv_pos_embed.conv1.0.bias", bias.clone()),
            ("conv_pos_embed.conv2.0.weight", conv),
            ("conv_pos_embed.conv2.0.bias", bias),
        ]);
        let config = Config {
            dim: 2,
            mel_dim: 1,
            conv_groups: 1,
            ..tiny()
        };
        let (x, cond) = (ramp((1, 2, 1)), ramp_from(3, (1, 2, 1)));
        let (mu, spks) = (ramp_from(5, (1, 2, 2)), ramp_from(8, (1, 1)));
        let got = InputEmbed::new(&config, vb)?.forward(&x, &cond, &mu, &spks)?;
        assert_close(&got, &[-0.67368, 0.693815, -0.806455, 0.632507])
    }
}
