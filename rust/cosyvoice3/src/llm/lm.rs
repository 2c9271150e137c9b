//! The language model: text and speech tokens in, scores of the next speech token out.

use super::cache::KvCache;
use super::config::Config;
use super::qwen2::Qwen2;
use candle_core::{D, Result, Tensor, bail};
use candle_nn::ops::log_softmax;
use candle_nn::{Embedding, Linear, Module, VarBuilder, embedding, linear_no_bias};

/// The language model of speech tokens that go on from a text and a prompt.
///
/// Original: `cosyvoice/llm/llm.py:664`, `CosyVoice3LM`, and `:459`, `inference`, of `Qwen2LM`.
#[derive(Debug)]
pub struct SpeechLm {
    llm: Qwen2,
    llm_decoder: Linear,
    speech_embedding: Embedding,
    config: Config,
}

impl SpeechLm {
    /// Reads `llm.model.model`, `llm_decoder` and `speech_embedding`.
    ///
    /// # Errors
    /// If a weight is missing or has another shape.
    pub fn new(config: &Config, vb: VarBuilder) -> Result<Self> {
        let (dim, vocab) = (config.hidden_size, config.speech_vocab());
        Ok(Self {
            llm: Qwen2::new(config, vb.pp("llm.model.model"))?,
            llm_decoder: linear_no_bias(dim, vocab, vb.pp("llm_decoder"))?,
            speech_embedding: embedding(vocab, dim, vb.pp("speech_embedding"))?,
            config: config.clone(),
        })
    }

    /// Text `[1, L]` and prompt tokens `[1, S]`, int64, S may be 0 → log-probabilities `[1, V]`, and the cache.
    ///
    /// # Errors
    /// If the text lacks `<|endofprompt|>`, or an id is none of its vocabulary.
    pub fn prefill(&self, text: &Tensor, prompt_speech: &Tensor) -> Result<(Tensor, KvCache)> {
        self.require_end_of_prompt(text)?;
        let mut embedded = vec![
            self.special(self.config.start())?,
            self.llm.embed(text)?,
            self.special(self.config.task())?,
        ];
        if prompt_speech.dim(1)? > 0 {
            embedded.push(self.speech_embedding.forward(prompt_speech)?);
        }
        let mut cache = self.llm.cache();
        let logp = self.next(&Tensor::cat(&embedded, 1)?, &mut cache)?;
        Ok((logp, cache))
    }

    /// The log-probabilities `[1, V]` of what follows one more token.
    ///
    /// # Errors
    /// If there is no such token.
    pub fn decode(&self, token: usize, cache: &mut KvCache) -> Result<Tensor> {
        self.next(&self.special(token)?, cache)
    }

    /// Whether a token is none of speech, which ends it.
    pub fn is_special(&self, token: usize) -> bool {
        token >= self.config.speech_token_size
    }

    /// Embeddings `[1, T, D]` → log-probabilities `[1, V]` behind the last of them.
    fn next(&self, x: &Tensor, cache: &mut KvCache) -> Result<Tensor> {
        let x = tap::tap("lm_input", x)?;
        let hidden = self.llm.forward(&x, cache)?;
        let last = hidden.narrow(1, hidden.dim(1)? - 1, 1)?.squeeze(1)?;
        log_softmax(&self.llm_decoder.forward(&last)?, D::Minus1)
    }

    /// A row of the speech embedding, `[1, 1, D]`.
    fn special(&self, token: usize) -> Result<Tensor> {
        let rows = self.speech_embedding.embeddings();
        rows.narrow(0, token, 1)?.unsqueeze(0)
    }

    fn require_end_of_prompt(&self, text: &Tensor) -> Result<()> {
        let end = i64::from(self.config.end_of_prompt);
        if text.flatten_all()?.to_vec1::<i64>()?.contains(&end) {
            return Ok(());
        }
        bail!("the text has no id {end}, <|endofprompt|>: put one into it")
    }
}

#[cfg(test)]
mod tests {
    use super::SpeechLm;
    use crate::testing::{assert_close, random_weights, tiny};
    use candle_core::{Device, Result, Tensor};

    fn ids(values: &[i64]) -> Result<Tensor> {
        Tensor::new(values, &Device::Cpu)?.unsqueeze(0)
    }

    #[test]
    fn a_decoded_token_is_one_more_of_the_prompt() -> Result<()> {
        let lm = SpeechLm::new(&tiny(), random_weights())?;
        let text = ids(&[3, 11, 4])?;
        let (whole, _) = lm.prefill(&text, &ids(&[2, 0, 4])?)?;
        let (_, mut cache) = lm.prefill(&text, &ids(&[])?)?;
        lm.decode(2, &mut cache)?;
        lm.decode(0, &mut cache)?;
        let last = lm.decode(4, &mut cache)?;
        assert_eq!(last.dims(), [1, 205]);
        assert_close(&last, &whole.flatten_all()?.to_vec1::<f32>()?)
    }

    #[test]
    fn a_text_without_end_of_prompt_is_refused() -> Result<()> {
        let lm = SpeechLm::new(&tiny(), random_weights())?;
        let error = lm.prefill(&ids(&[3, 4])?, &ids(&[])?).unwrap_err();
        let error = error.to_string();
        assert!(
            error.starts_with("the text has no id 11, <|endofprompt|>"),
            "{error}"
        );
        Ok(())
    }
}
