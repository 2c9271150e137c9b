//! Where every tap of a run ends: named, copied, answered with the reference's tensor if asked,
//! and compared and sent by a thread of its own. No interpreter is involved.

mod comparer;
mod convert;
mod crash;
mod element;
mod expected;
mod interface;
mod kept;
mod measured;
mod message;
mod names;
mod outlet;
mod pool;
mod problem;
mod python;
mod registry;
mod replacements;
mod run;
mod tap;

pub use convert::convert;
pub use element::Element;
pub use expected::{Bytes, Expected};
pub use names::Names;
pub(crate) use python::Sink;
pub use registry::{Installed, receive};
pub use run::{Run, Settings};
pub use tap::Tap;
