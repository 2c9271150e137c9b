//! The flow matching decoder: from speech tokens to a mel spectrogram.
//!
//! Shapes: B batch, T mel frames, N tokens, M mel bands, D width of the transformer, H heads, d width of a head.

pub mod activation;
pub mod ada_norm_final;
pub mod ada_norm_zero;
pub mod attention;
pub mod block;
pub mod cfm;
pub mod cfm_stage;
pub mod config;
pub mod conv_pos_embed;
pub mod dit;
pub mod embed;
pub mod embed_stage;
pub mod feed_forward;
pub mod flow_stage;
pub mod input_embed;
pub mod look_ahead;
pub mod mask;
pub mod norm;
pub mod parts;
pub mod rotary;
pub mod schedule;
pub mod speaker;
pub mod stage;
#[cfg(test)]
pub(crate) mod testing;
pub mod time_embed;
