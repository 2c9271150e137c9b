//! The sizes of CAM++.

use serde::Deserialize;

/// Sizes of CAM++, as the session's JSON gives them. The published model's are in parentheses.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Mel bands of the filter bank, M, divisible by eight (80).
    pub bands: usize,
    /// Channels of the two-dimensional head (32).
    pub head_channels: usize,
    /// Channels of the first layer behind the head (128).
    pub channels: usize,
    /// Channels that a dense layer adds (32).
    pub growth: usize,
    /// Channels within a dense layer, in units of `growth` (4).
    pub bottleneck: usize,
    /// Dense layers of each block (12, 24, 16).
    pub layers: Vec<usize>,
    /// Dilation in the dense layers of each block (1, 2, 2).
    pub dilations: Vec<usize>,
    /// Frames that share a local context (100).
    pub segment: usize,
    /// Channels of the embedding (192).
    pub embedding: usize,
}

impl Config {
    /// Channels within a dense layer.
    pub fn inner(&self) -> usize {
        self.bottleneck * self.growth
    }
}
