//! Repetition-aware sampling, with the noise of its draws as an input.

use super::config::SamplingConfig;
use candle_core::{D, Result, Tensor};
use candle_nn::ops::softmax;

/// What `torch.multinomial` draws from, for N tokens: it takes the largest p/e, with e from an exponential
/// distribution.
#[derive(Clone, Debug)]
pub struct Noise {
    /// For the nuclei, `[N, top_k]`, the most probable token first.
    pub nucleus: Tensor,
    /// For what is drawn again, `[N, V]`.
    pub redraw: Tensor,
}

impl Noise {
    /// The noise of one token, `[top_k]` and `[V]`.
    ///
    /// # Errors
    /// If there is none.
    pub fn of(&self, step: usize) -> Result<Self> {
        Ok(Self {
            nucleus: self.nucleus.get(step)?,
            redraw: self.redraw.get(step)?,
        })
    }
}

/// Nucleus sampling that draws again, from everything but its choice, where the choice was used lately.
///
/// Original: `cosyvoice/utils/common.py:138`, `ras_sampling`, called at `cosyvoice/llm/llm.py:150`, `sampling_ids`.
#[derive(Debug)]
pub struct RasSampler {
    config: SamplingConfig,
}

impl RasSampler {
    /// A sampler; it has no weights.
    pub fn new(config: SamplingConfig) -> Self {
        Self { config }
    }

    /// Log-probabilities `[N, V]` → N tokens that come behind the tokens `decoded`.
    ///
    /// Before `min_len` tokens the id `speech_token_size` is impossible: meant is the end, but that is the id behind it.
    ///
    /// # Errors
    /// If the shapes do not fit.
    pub fn sample(
        &self,
        scores: &Tensor,
        decoded: Vec<usize>,
        min_len: usize,
        noise: &Noise,
    ) -> Result<Vec<usize>> {
        let mut all = decoded.clone();
        for step in 0..scores.dim(0)? {
            let token = self.draw(&scores.get(step)?, &all, step < min_len, &noise.of(step)?)?;
            all.push(token);
        }
        Ok(all.split_off(decoded.len()))
    }

    /// One token for the log-probabilities `[V]`, behind the tokens `decoded`; noise of one token. `early`: it must not
    /// be `speech_token_size`.
    ///
    /// # Errors
    /// If the shapes do not fit.
    pub fn draw(
        &self,
        scores: &Tensor,
        decoded: &[usize],
        early: bool,
        noise: &Noise,
    ) -> Result<usize> {
        let mut scores = scores.to_vec1::<f32>()?;
        if early {
            scores[self.config.speech_token_size] = f32::NEG_INFINITY;
        }
        self.choose(scores, decoded, noise)
    }

    /// One token for the log-probabilities of V tokens; noise `[top_k]` and `[V]`.
    fn choose(&self, mut scores: Vec<f32>, decoded: &[usize], noise: &Noise) -> Result<usize> {
        let token = self.draw_nucleus(&scores, &noise.nucleus)?;
        if !self.is_repeated(token, decoded) {
            return Ok(token);
        }
        scores[token] = f32::NEG_INFINITY;
        let race = tap::tap("redraw", &(probabilities(&scores)? / &noise.redraw)?)?;
        largest(&race)
    }

    /// Whether the last `win_size` tokens hold the token too often.
    fn is_repeated(&self, token: usize, decoded: &[usize]) -> bool {
        let window = self.config.win_size;
        let lately = &decoded[decoded.len().saturating_sub(window)..];
        let times = lately.iter().filter(|&&other| other == token).count();
        times as f64 >= window as f64 * self.config.tau_r
    }

    /// Draws from the most probable tokens: as few as reach `top_p` together, at most `top_k`.
    fn draw_nucleus(&self, scores: &[f32], noise: &Tensor) -> Result<usize> {
        let probabilities = tap::tap("probabilities", &probabilities(scores)?)?;
        let values = probabilities.to_vec1::<f32>()?;
        let mut ids = (0..values.len()).collect::<Vec<_>>();
        ids.sort_by(|&a, &b| values[b].total_cmp(&values[a]));
        let sorted = ids.iter().map(|&id| values[id]).collect::<Vec<_>>();
        let size = self.nucleus_size(&sorted);
        let nucleus = Tensor::new(&sorted[..size], noise.device())?;
        let race = tap::tap("nucleus", &(nucleus / noise.narrow(0, 0, size)?)?)?;
        Ok(ids[largest(&race)?])
    }

    /// How many of the sorted probabilities take part, which are summed one by one.
    fn nucleus_size(&self, sorted: &[f32]) -> usize {
        let sums = sorted.iter().scan(0.0, |total, probability| {
            let before = *total;
            *total += probability;
            Some(before)
        });
        let below = |before: &f32| *before < self.config.top_p;
        sums.take(self.config.top_k).take_while(below).count()
    }
}

/// Softmax of the scores, `[V]`.
fn probabilities(scores: &[f32]) -> Result<Tensor> {
    softmax(&Tensor::new(scores, &candle_core::Device::Cpu)?, D::Minus1)
}

/// Index of the largest element of a tensor of rank 1, the first of equals.
fn largest(race: &Tensor) -> Result<usize> {
    Ok(race.argmax(D::Minus1)?.to_scalar::<u32>()? as usize)
}

#[cfg(test)]
mod tests {
    use super::{Noise, RasSampler};
    use crate::config::SamplingConfig;
    use candle_core::{Device, Result, Tensor};

    /// Six tokens of these probabilities; the last is the one that a minimum forbids.
    const PROBABILITIES: [f32; 6] = [0.05, 0.5, 0.08, 0.25, 0.02, 0.1];

    /// The tokens of `steps` equal steps, behind `decoded`, whose noise is 1 but where it is given.
    fn sample(
        steps: usize,
        decoded: &[usize],
        min_len: usize,
        nucleus: &[f32],
    ) -> Result<Vec<usize>> {
        let config = SamplingConfig {
            top_p: 0.8,
            top_k: 4,
            win_size: 3,
            tau_r: 0.5,
            speech_token_size: 5,
        };
        let row = PROBABILITIES.map(f32::ln);
        let nucleus = Tensor::new(nucleus, &Device::Cpu)?;
        let noise = Noise {
            nucleus: nucleus.unsqueeze(0)?.repeat((steps, 1))?,
            redraw: Tensor::new(&[[1f32, 1.0, 0.1, 1.0, 1.0, 1.0]], &Device::Cpu)?
                .repeat((steps, 1))?,
        };
        let scores = Tensor::new(&[row], &Device::Cpu)?.repeat((steps, 1))?;
        RasSampler::new(config).sample(&scores, decoded.to_vec(), min_len, &noise)
    }

    #[test]
    fn the_smallest_noise_wins_within_the_nucleus() -> Result<()> {
        // 0.5, 0.25 and 0.1 reach 0.8; 0.08 has the smallest noise, and no part.
        assert_eq!(sample(1, &[], 0, &[1.0, 1.0, 1.0, 1e-6])?, [1]);
        assert_eq!(sample(1, &[], 0, &[1.0, 1e-3, 1.0, 1.0])?, [3]);
        assert_eq!(sample(1, &[], 0, &[1.0, 1.0, 1e-3, 1.0])?, [5]);
        Ok(())
    }

    #[test]
    fn a_minimum_forbids_the_id_behind_the_speech_tokens() -> Result<()> {
        // Without 0.1 the others grow to 0.556, 0.278 and 0.089, of which two reach 0.8.
        assert_eq!(sample(2, &[], 1, &[1.0, 1.0, 1e-3, 1.0])?, [1, 5]);
        Ok(())
    }

    #[test]
    fn a_repetition_is_drawn_again_from_all_others() -> Result<()> {
        // Half of three is reached by two: token 1 twice among the last three. Then 0.08 / 0.1 is the largest.
        let equal = [1.0; 4];
        assert_eq!(sample(4, &[], 0, &equal)?, [1, 1, 2, 2]);
        assert_eq!(sample(1, &[1, 0, 0], 0, &equal)?, [1]);
        assert_eq!(sample(1, &[1, 1, 0, 0], 0, &equal)?, [1]);
        assert_eq!(sample(1, &[1, 1, 0], 0, &equal)?, [2]);
        Ok(())
    }
}
