//! Stages: a port registers its stages, and becomes a Python module with the workbench's stage protocol.
//!
//! ```ignore
//! stage::module!(cosyvoice3, ["flow.dit" => flow::stage::FlowDit::load]);
//! ```
//!
//! makes the module `cosyvoice3` with
//!
//! - `stages() -> list[str]`
//! - `parts(stage: str, config: str) -> dict[str, list[str]]`, the taps that each part is fed with
//! - `load(stage: str, weights: list[str], config: str, part: str | None = None) -> Handle`, the config as JSON
//! - `Handle.run(inputs: dict[str, ndarray], sink=None) -> dict[str, ndarray]`
//!
//! A loader is `fn(VarBuilder, C) -> candle_core::Result<S>`, where `C` is made from the config by serde and `S` is
//! a [`Stage`]; `examples/scale.rs` is a whole port. A large stage may be checked piece by piece: after `; parts`
//! comes a `fn(&C) -> Vec<Part>`. Taps are not passed through `sink` but over the C interface of the crate `workbench-tap`.

mod array;
mod entry;
mod error;
mod inputs;
mod module;
mod part;
mod shape;

pub use entry::{Entry, load_with, parse_config, parts_with};
pub use inputs::Inputs;
pub use module::{Handle, load, parts, stages};
pub use part::Part;
#[doc(hidden)]
pub use pyo3;

use candle_core::{Result, Tensor};
use std::collections::HashMap;

/// The named results of a run.
pub type Outputs = HashMap<String, Tensor>;

/// One checkable step of a model, with its weights.
pub trait Stage: Send + Sync {
    /// Computes the outputs.
    ///
    /// # Errors
    /// If an input is missing or does not fit, or candle fails.
    fn run(&self, inputs: &mut Inputs) -> Result<Outputs>;
}

/// Makes the Python module `$module` of the stages, each given by its name and its loader.
#[macro_export]
macro_rules! module {
    ($module:ident, [$($name:literal => $load:path $(; parts $parts:path)?),+ $(,)?]) => {
        /// The Python module: the stages of this port.
        #[$crate::pyo3::pymodule]
        #[pyo3(crate = "stage::pyo3")]
        mod $module {
            use super::*;
            use $crate::pyo3::pyfunction;

            static STAGES: &[$crate::Entry] = &[$($crate::Entry {
                name: $name,
                load: |weights, config| $crate::load_with($load, weights, config),
                parts: |_config| {
                    $(if true { return $crate::parts_with($parts, _config); })?
                    Ok(Vec::new())
                },
            }),+];

            /// The names of the stages.
            #[pyfunction]
            #[pyo3(crate = "stage::pyo3")]
            fn stages() -> Vec<&'static str> {
                $crate::stages(STAGES)
            }

            /// The parts of a stage, each with the taps that it is fed with.
            #[pyfunction]
            #[pyo3(crate = "stage::pyo3")]
            fn parts<'py>(
                py: $crate::pyo3::Python<'py>,
                stage: &str,
                config: &str,
            ) -> $crate::pyo3::PyResult<$crate::pyo3::Bound<'py, $crate::pyo3::types::PyDict>> {
                $crate::parts(py, STAGES, stage, config)
            }

            /// Loads a stage, or a part of it, from safetensors files and a JSON config.
            #[pyfunction]
            #[pyo3(crate = "stage::pyo3", signature = (stage, weights, config, part=None))]
            fn load(
                py: $crate::pyo3::Python<'_>,
                stage: &str,
                weights: Vec<std::path::PathBuf>,
                config: &str,
                part: Option<&str>,
            ) -> $crate::pyo3::PyResult<$crate::Handle> {
                $crate::load(py, STAGES, stage, &weights, config, part)
            }
        }
    };
}
