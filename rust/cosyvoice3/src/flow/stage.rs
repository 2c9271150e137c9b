//! The stage `flow.dit`.

use super::config::Config;
use super::dit::{Dit, DitInputs};
use candle_core::{DType, Result};
use candle_nn::VarBuilder;
use stage::{Inputs, Outputs, Stage};

/// The stage `flow.dit`: one call of the estimator.
///
/// Inputs: x, cond `[B, M, T]`, mask `[B, 1, T]`, mu `[B, mu, T]`, t `[B]`, spks `[B, speaker]`, all float32, and
/// streaming `[1]`, int64. Output: velocity `[B, M, T]`.
#[derive(Debug)]
pub struct FlowDit {
    config: Config,
    dit: Dit,
}

impl FlowDit {
    /// Reads the weights under `decoder.estimator.`.
    ///
    /// # Errors
    /// If a weight is missing or has another shape.
    pub fn load(vb: VarBuilder, config: Config) -> Result<Self> {
        let dit = Dit::new(&config, vb.pp("decoder.estimator"))?;
        Ok(Self { config, dit })
    }
}

impl DitInputs {
    /// Reads what the stage is given.
    ///
    /// # Errors
    /// If an input is missing, or of another dtype or shape.
    pub(super) fn read(config: &Config, inputs: &mut Inputs) -> Result<Self> {
        let Config {
            mel_dim,
            mu_dim,
            spk_dim,
            ..
        } = config;
        Ok(Self {
            x: inputs.get("x", DType::F32, &format!("b {mel_dim} t"))?,
            mask: inputs.get("mask", DType::F32, "b 1 t")?,
            mu: inputs.get("mu", DType::F32, &format!("b {mu_dim} t"))?,
            t: inputs.get("t", DType::F32, "b")?,
            spks: inputs.get("spks", DType::F32, &format!("b {spk_dim}"))?,
            cond: inputs.get("cond", DType::F32, &format!("b {mel_dim} t"))?,
            streaming: inputs.flag("streaming")?,
        })
    }
}

impl Stage for FlowDit {
    fn run(&self, inputs: &mut Inputs) -> Result<Outputs> {
        let velocity = self.dit.forward(&DitInputs::read(&self.config, inputs)?)?;
        Ok(Outputs::from([("velocity".to_owned(), velocity)]))
    }
}

#[cfg(test)]
mod tests {
    use super::FlowDit;
    use crate::testing::{random_weights, tiny};
    use candle_core::{DType, Device, Result, Tensor};
    use stage::{Inputs, Stage};
    use std::collections::HashMap;

    fn inputs(frames: usize) -> Result<HashMap<String, Tensor>> {
        let zeros = |shape: &[usize]| Tensor::zeros(shape, DType::F32, &Device::Cpu);
        let named = [
            ("x", zeros(&[2, 3, frames])?),
            ("mask", zeros(&[2, 1, frames])?),
            ("mu", zeros(&[2, 2, frames])?),
            ("t", zeros(&[2])?),
            ("spks", zeros(&[2, 1])?),
            ("cond", zeros(&[2, 3, frames])?),
            ("streaming", Tensor::new(&[0i64], &Device::Cpu)?),
        ];
        Ok(named.map(|(name, tensor)| (name.to_owned(), tensor)).into())
    }

    fn run(inputs: HashMap<String, Tensor>) -> Result<Tensor> {
        let stage = FlowDit::load(random_weights(), tiny())?;
        let mut outputs = stage.run(&mut Inputs::new(inputs))?;
        Ok(outputs.remove("velocity").expect("the stage's output"))
    }

    #[test]
    fn the_velocity_has_the_shape_of_x() -> Result<()> {
        assert_eq!(run(inputs(5)?)?.dims(), [2, 3, 5]);
        Ok(())
    }

    #[test]
    fn every_input_is_needed() -> Result<()> {
        for name in inputs(5)?.keys() {
            let mut inputs = inputs(5)?;
            inputs.remove(name);
            let error = run(inputs).unwrap_err().to_string();
            assert!(
                error.starts_with(&format!("input `{name}` is missing")),
                "{error}"
            );
        }
        Ok(())
    }

    #[test]
    fn lengths_must_agree() -> Result<()> {
        let mut inputs = inputs(5)?;
        inputs.insert(
            "cond".to_owned(),
            Tensor::zeros((2, 3, 4), DType::F32, &Device::Cpu)?,
        );
        let error = run(inputs).unwrap_err().to_string();
        assert!(
            error.starts_with("input `cond`: expected f32 [b=2, 3, t=5], got f32 [2, 3, 4]"),
            "{error}"
        );
        Ok(())
    }
}
