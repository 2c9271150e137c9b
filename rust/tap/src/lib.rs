//! Taps: a port shows named tensors to the workbench, which may put others in their place.
//!
//! ```
//! # #[cfg(feature = "candle")]
//! # fn residual(x: &candle_core::Tensor, y: &candle_core::Tensor) -> candle_core::Result<candle_core::Tensor> {
//! tap::scope("blocks.3", || tap::tap("residual", &(x + y)?)) // the tap "blocks.3.residual"
//! # }
//! ```
//!
//! Without a sink a tap costs one atomic read and a clone of its argument (for candle, of an `Arc`).
//! A name that comes again is numbered by the host, not here.
//!
//! Features: `candle` taps `candle_core::Tensor`, `ndarray` taps owned `ndarray` arrays, `files` lets an
//! executable write its taps to disk.

#[cfg(feature = "candle")]
mod candle;
#[cfg(feature = "files")]
pub mod files;
mod interface;
#[cfg(feature = "ndarray")]
mod ndarray;
mod offer;
mod scope;
mod seen;

pub use interface::{WorkbenchSink, WorkbenchTap, active, workbench_tap_install_v1};
pub use offer::{Bytes, offer};
pub use scope::scope;
pub use seen::Seen;

use std::panic::Location;

/// A tensor type that can be tapped.
pub trait Tap {
    /// What a tap gives back: the tensor itself, or a `Result` of it.
    type Output;

    /// Shows `self` under the full name `name`, used at `at`, and gives back the tensor to go on with.
    fn tapped(&self, name: &str, at: &Location<'_>) -> Self::Output;

    /// The answer where nobody listens.
    fn untapped(&self) -> Self::Output;
}

/// Shows `tensor` to the workbench as `name`, prefixed by the open scopes, and returns the tensor to go on with.
///
/// # Errors
/// Only where `T::Output` is a `Result`: the tensor could not be read, or its replacement not be built.
#[inline]
#[track_caller]
pub fn tap<T: Tap>(name: &str, tensor: &T) -> T::Output {
    if !active() {
        return tensor.untapped();
    }
    tensor.tapped(&scope::full_name(name), Location::caller())
}

/// Taps the output of the scope that is open: its name is the scope's own.
///
/// # Errors
/// As [`tap`].
#[inline]
#[track_caller]
pub fn output<T: Tap>(tensor: &T) -> T::Output {
    if !active() {
        return tensor.untapped();
    }
    tensor.tapped(&scope::full_name(""), Location::caller())
}
