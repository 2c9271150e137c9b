//! From noise to a mel.

use super::config::FlowConfig;
use super::dit::{Dit, DitInputs};
use super::embed::Conditions;
use super::schedule::cosine;
use candle_core::{Result, Tensor, bail};
use candle_nn::VarBuilder;

/// Conditional flow matching: follows the estimator's velocity from noise to a mel, in Euler steps.
///
/// Original: `cosyvoice/flow/flow_matching.py:196`, `CausalConditionalCFM`, and `:71`, `solve_euler`. Its noise is an
/// input here.
#[derive(Debug)]
pub struct Cfm {
    estimator: Dit,
    steps: usize,
    guidance: f64,
}

impl Cfm {
    /// Reads `estimator`.
    ///
    /// # Errors
    /// If a weight is missing or has another shape.
    pub fn new(config: &FlowConfig, vb: VarBuilder) -> Result<Self> {
        Ok(Self {
            estimator: Dit::new(&config.dit, vb.pp("estimator"))?,
            steps: config.cfm.n_timesteps,
            guidance: config.cfm.inference_cfg_rate,
        })
    }

    /// noise `[1, M, ≥ T]`, of which the first T frames count → mel `[1, M, T]`.
    ///
    /// # Errors
    /// If the noise is too short, or the shapes do not fit.
    pub fn forward(&self, noise: &Tensor, given: &Conditions, streaming: bool) -> Result<Tensor> {
        let times = tap::tap("t_span", &cosine(self.steps)?)?.to_vec1::<f32>()?;
        let mut estimated = Guided::new(given, streaming)?;
        let mut x = beginning(noise, given.mu.dim(2)?)?;
        // A step begins where the one before it ended, which float32 puts beside its time in the schedule.
        let mut time = times[0];
        for &next in &times[1..] {
            let step = next - time;
            let velocity = estimated.velocity(&self.estimator, &x, time, self.guidance)?;
            x = (x + (velocity * f64::from(step))?)?;
            time += step;
        }
        Ok(x)
    }
}

fn beginning(noise: &Tensor, frames: usize) -> Result<Tensor> {
    let drawn = noise.dim(2)?;
    if drawn < frames {
        bail!("input `noise` has {drawn} frames, where the tokens make {frames}");
    }
    noise.narrow(2, 0, frames)
}

/// The two rows of classifier-free guidance: one with the conditions, one without.
struct Guided(DitInputs);

impl Guided {
    fn new(given: &Conditions, streaming: bool) -> Result<Self> {
        let twice = |row: &Tensor| Tensor::cat(&[row, row], 0);
        let once = |row: &Tensor| Tensor::cat(&[row, &row.zeros_like()?], 0);
        Ok(Self(DitInputs {
            x: twice(&given.mu)?,
            mask: Tensor::ones(
                (2, 1, given.mu.dim(2)?),
                given.mu.dtype(),
                given.mu.device(),
            )?,
            mu: once(&given.mu)?,
            t: Tensor::zeros(2, given.mu.dtype(), given.mu.device())?,
            spks: once(&given.spks)?,
            cond: once(&given.cond)?,
            streaming,
        }))
    }

    /// (1 + g)·v − g·v₀, v being the velocity under the conditions and v₀ without: `[1, M, T]`.
    fn velocity(&mut self, estimator: &Dit, x: &Tensor, time: f32, g: f64) -> Result<Tensor> {
        self.0.x = tap::tap("x_in", &Tensor::cat(&[x, x], 0)?)?;
        self.0.t = tap::tap("t_in", &Tensor::new(&[time, time], x.device())?)?;
        let both = tap::scope("estimator", || tap::output(&estimator.forward(&self.0)?))?;
        let (conditioned, free) = (both.narrow(0, 0, 1)?, both.narrow(0, 1, 1)?);
        (conditioned * (1.0 + g))? - (free * g)?
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{assert_close, ramp, random_weights, tiny_flow};
    use candle_core::{DType, Device};

    const FRAMES: usize = 5;

    fn given() -> Result<Conditions> {
        Ok(Conditions {
            mu: ramp((1, 2, FRAMES)),
            spks: ramp((1, 1)),
            cond: ramp((1, 3, FRAMES)),
        })
    }

    fn solve(steps: usize, guidance: f64) -> Result<(Tensor, Dit)> {
        let mut config = tiny_flow();
        config.cfm.n_timesteps = steps;
        config.cfm.inference_cfg_rate = guidance;
        let vb = random_weights();
        let cfm = Cfm::new(&config, vb.clone())?;
        let mel = cfm.forward(&ramp((1, 3, FRAMES)), &given()?, false)?;
        Ok((mel, cfm.estimator))
    }

    fn velocity(estimator: &Dit, x: &Tensor, time: f32, conditioned: bool) -> Result<Tensor> {
        let Conditions { mu, spks, cond } = given()?;
        let keep = f64::from(u8::from(conditioned));
        estimator.forward(&DitInputs {
            x: x.clone(),
            mask: Tensor::ones((1, 1, FRAMES), DType::F32, &Device::Cpu)?,
            mu: (mu * keep)?,
            t: Tensor::new(&[time], &Device::Cpu)?,
            spks: (spks * keep)?,
            cond: (cond * keep)?,
            streaming: false,
        })
    }

    #[test]
    fn one_step_goes_all_the_way_along_the_guided_velocity() -> Result<()> {
        let (mel, estimator) = solve(1, 0.5)?;
        let noise = ramp((1, 3, FRAMES));
        let (with, without) = (
            velocity(&estimator, &noise, 0.0, true)?,
            velocity(&estimator, &noise, 0.0, false)?,
        );
        let want = (noise + ((with * 1.5)? - (without * 0.5)?)?)?;
        assert_close(&mel, &want.flatten_all()?.to_vec1::<f32>()?)
    }

    #[test]
    fn noise_that_is_too_short_is_told() -> Result<()> {
        let cfm = Cfm::new(&tiny_flow(), random_weights())?;
        let error = cfm
            .forward(&ramp((1, 3, 4)), &given()?, false)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("has 4 frames, where the tokens make 5"),
            "{error}"
        );
        Ok(())
    }

    #[test]
    fn the_second_step_starts_where_the_first_ended() -> Result<()> {
        let (mel, estimator) = solve(2, 0.0)?;
        let noise = ramp((1, 3, FRAMES));
        let half = 1.0 - std::f64::consts::FRAC_PI_4.cos();
        let first = (&noise + (velocity(&estimator, &noise, 0.0, true)? * half)?)?;
        let want = (&first + (velocity(&estimator, &first, half as f32, true)? * (1.0 - half))?)?;
        assert_close(&mel, &want.flatten_all()?.to_vec1::<f32>()?)
    }
}
