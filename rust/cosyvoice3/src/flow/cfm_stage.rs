//! The stage `flow.cfm`.

use super::cfm::Cfm;
use super::config::FlowConfig;
use super::embed::Conditions;
use candle_core::{DType, Result};
use candle_nn::VarBuilder;
use stage::{Inputs, Outputs, Stage};

/// The stage `flow.cfm`: from noise to a mel.
///
/// Inputs: noise `[1, M, ≥ T]`, mu, cond `[1, M, T]`, spks `[1, M]`, float32, and streaming `[1]`, int64. Output:
/// feat `[1, M, T]`, the prompt's part included.
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

impl Stage for FlowCfm {
    fn run(&self, inputs: &mut Inputs) -> Result<Outputs> {
        let given = Conditions::read(&self.config, inputs)?;
        let bands = format!("1 {} noise", self.config.dit.mel_dim);
        let noise = inputs.get("noise", DType::F32, &bands)?;
        let feat = self
            .cfm
            .forward(&noise, &given, inputs.flag("streaming")?)?;
        Ok(Outputs::from([("feat".to_owned(), feat)]))
    }
}
