//! Text to the token ids that the language model reads.

pub mod files;
pub mod tokenizer;
