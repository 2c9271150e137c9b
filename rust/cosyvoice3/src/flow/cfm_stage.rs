//! The stage `flow.cfm`.

use super::cfm::Cfm;
use super::config::FlowConfig;
use super::embed::Conditions;
use candle_core::{DType, Result, Tensor, bail};
use candle_nn::VarBuilder;
use stage::{Inputs, Outputs, Stage};

/// The stage `flow.cfm`: from noise to a mel.
///
/// Inputs: noise `[1, M, ≥ T]`, mu, cond `[1, M, T]`, spks `[1, M]`, float32, and streaming and known `[1]`, int64.
/// Output: feat `[1, M, T − known]`, the mel of what follows the prompt.
#[derive(Debug)]
pub struct FlowCfm {
    config: FlowConfig,
    cfm: Cfm,
}

impl FlowCfm {
    /// Reads the weights under `decoder.`.
    ///
    /// # Errors
    /// If a weight is missing or has another shape.
    pub fn load(vb: VarBuilder, config: FlowConfig) -> Result<Self> {
        let cfm = Cfm::new(&config, vb.pp("decoder"))?;
        Ok(Self { config, cfm })
    }
}

impl Conditions {
    fn read(config: &FlowConfig, inputs: &mut Inputs) -> Result<Self> {
        let dit = &config.dit;
        let bands = format!("1 {} t", dit.mel_dim);
        Ok(Self {
            mu: inputs.get("mu", DType::F32, &format!("1 {} t", dit.mu_dim))?,
            spks: inputs.get("spks", DType::F32, &format!("1 {}", dit.spk_dim))?,
            cond: inputs.get("cond", DType::F32, &bands)?,
        })
    }
}

/// feat `[1, M, T]` without the first `known` frames.
fn behind(feat: &Tensor, known: i64) -> Result<Tensor> {
    let frames = feat.dim(2)?;
    match usize::try_from(known) {
        Ok(known) if known < frames => feat.narrow(2, known, frames - known),
        _ => bail!("input `known`: expected 0 to {}, got {known}", frames - 1),
    }
}

impl Stage for FlowCfm {
    fn run(&self, inputs: &mut Inputs) -> Result<Outputs> {
        let given = Conditions::read(&self.config, inputs)?;
        let bands = format!("1 {} noise", self.config.dit.mel_dim);
        let noise = inputs.get("noise", DType::F32, &bands)?;
        let streaming = inputs.flag("streaming")?;
        let feat = self.cfm.forward(&noise, &given, streaming)?;
        let feat = behind(
            &feat,
            inputs.get("known", DType::I64, "1")?.to_vec1::<i64>()?[0],
        )?;
        Ok(Outputs::from([("feat".to_owned(), feat)]))
    }
}

#[cfg(test)]
mod tests {
    use super::behind;
    use crate::testing::ramp;
    use candle_core::Result;

    #[test]
    fn what_is_known_is_left_out() -> Result<()> {
        let feat = ramp((1, 3, 5));
        assert_eq!(behind(&feat, 2)?.dims(), [1, 3, 3]);
        assert_eq!(behind(&feat, 0)?.dims(), [1, 3, 5]);
        for known in [-1, 5] {
            let error = behind(&feat, known).unwrap_err().to_string();
            assert!(
                error.starts_with("input `known`: expected 0 to 4"),
                "{error}"
            );
        }
        Ok(())
    }
}
