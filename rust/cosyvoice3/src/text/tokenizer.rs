//! Qwen2's tokenizer.

use super::files::Files;
use candle_core::{Error, Result};
use tokenizers::models::bpe::BPE;
use tokenizers::normalizers::NFC;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::sequence::Sequence;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::{AddedToken, SplitDelimiterBehavior, Tokenizer};

/// What a text is cut into before bytes are merged: contractions, words with one character before them, single digits,
/// punctuation, line ends, spaces.
const PIECES: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// Tokens that stand behind the vocabulary, in the order of their ids. Those for single phonemes are not known here.
const SPECIAL: [&str; 21] = [
    "<|endoftext|>",
    "<|im_start|>",
    "<|im_end|>",
    "<|endofprompt|>",
    "[breath]",
    "<strong>",
    "</strong>",
    "[noise]",
    "[laughter]",
    "[cough]",
    "[clucking]",
    "[accent]",
    "[quick_breath]",
    "<laughter>",
    "</laughter>",
    "[hissing]",
    "[sigh]",
    "[vocalized-noise]",
    "[lipsmack]",
    "[mn]",
    "<|endofsystem|>",
];

/// Text → ids of Qwen2's vocabulary.
///
/// Original: `cosyvoice/tokenizer/tokenizer.py:270`, `CosyVoice3Tokenizer`, around transformers' `Qwen2Tokenizer`.
#[derive(Debug)]
pub struct TextTokenizer(Tokenizer);

impl TextTokenizer {
    /// Reads a tokenizer's files.
    ///
    /// # Errors
    /// If one cannot be read.
    pub fn new(files: &Files) -> Result<Self> {
        let mut tokenizer = match files {
            Files::Whole(path) => Tokenizer::from_file(path).map_err(message)?,
            Files::Parts(vocab, merges) => {
                let (vocab, merges) = (vocab.to_string_lossy(), merges.to_string_lossy());
                of_merges(BPE::from_file(&vocab, &merges).build().map_err(message)?)?
            }
        };
        let special = SPECIAL.map(|token| AddedToken::from(token, true));
        tokenizer.add_special_tokens(special).map_err(message)?;
        Ok(Self(tokenizer))
    }

    /// The ids of a text, without any token that it does not hold.
    ///
    /// # Errors
    /// If the tokenizer fails.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>> {
        let encoding = self.0.encode(text, false).map_err(message)?;
        Ok(encoding.get_ids().to_vec())
    }
}

/// Byte pairs, merged within the pieces of a normalised text.
fn of_merges(bpe: BPE) -> Result<Tokenizer> {
    let pattern = SplitPattern::Regex(PIECES.to_owned());
    let split = Split::new(pattern, SplitDelimiterBehavior::Isolated, false).map_err(message)?;
    let bytes = ByteLevel::new(false, false, false);
    let mut tokenizer = Tokenizer::new(bpe);
    tokenizer.with_normalizer(Some(NFC)).map_err(message)?;
    tokenizer.with_pre_tokenizer(Some(Sequence::new(vec![split.into(), bytes.into()])));
    Ok(tokenizer)
}

fn message(error: impl std::fmt::Display) -> Error {
    Error::msg(format!("tokenizer: {error}"))
}
