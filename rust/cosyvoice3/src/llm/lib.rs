//! The language model: from text to speech tokens.
//!
//! Shapes: T positions, D width of the transformer, H query heads, K key and value heads, d width of a head, V speech
//! tokens and special ones. The batch is one sequence.

pub mod attention;
pub mod cache;
pub mod config;
pub mod generate;
pub mod layer;
pub mod lm;
pub mod mlp;
pub mod qwen2;
pub mod rms_norm;
pub mod rotary;
pub mod sampling;
pub mod stage_decode;
pub mod stage_generate;
pub mod stage_prefill;
pub mod stage_sample;
#[cfg(test)]
mod testing;
