//! Compares what a port computed with what the reference computed: every metric of the workbench
//! from one pass over both tensors.

mod axis;
mod block;
mod buffer;
mod careful;
mod dispatch;
mod dtype;
mod fast;
mod group;
mod half;
mod histogram;
mod input;
mod lanes;
mod metrics;
mod nonfinite;
mod pass;
mod prefetch;
mod profile;
mod python;
mod runs;
pub mod sink;
mod state;
mod tile;
mod total;
mod wide;

pub use axis::MAX_BINS;
pub use dispatch::{Level, compare, compare_at};
pub use dtype::Dtype;
pub use histogram::{BINS, HIGHEST_EXPONENT, LOWEST_EXPONENT};
pub use input::Input;
pub use metrics::Metrics;
