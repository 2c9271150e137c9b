//! CAM++: the embedding of the prompt's speaker.
//!
//! Shapes: B batch, C channels, M bands, T frames. Module paths and keys are those of `campplus_cn_common.bin`.
//!
//! The original is `CAMPPlus` of 3D-Speaker (`speakerlab/models/campplus/DTDNN.py`, `layers.py`), which CosyVoice runs
//! as `campplus.onnx` (`cosyvoice/cli/frontend.py:115`).

pub mod cam_layer;
pub mod cam_plus_plus;
pub mod config;
pub mod dense_block;
pub mod head;
pub mod norm;
pub mod position_conv;
pub mod res_block;
pub mod segments;
pub mod stage;
pub mod statistics;
pub mod strided_conv;
pub mod tdnn;
