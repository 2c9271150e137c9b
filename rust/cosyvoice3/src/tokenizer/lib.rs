//! The supervised speech tokenizer (S3, version 3): from Whisper's log-mel to speech tokens.
//!
//! Shapes: B batch, M mel bands, T frames or positions, D width of the transformer, H heads, d width of a head.
//! The original is s3tokenizer 0.3.0 on PyPI, which computes what CosyVoice's `speech_tokenizer_v3.onnx` does.

pub mod attention;
pub mod block;
pub mod config;
pub mod encoder;
pub mod layer_norm;
pub mod mask;
pub mod memory;
pub mod quantizer;
pub mod stage;
