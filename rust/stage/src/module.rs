//! The functions and the class that a stage module has.

use crate::array::{array, tensor};
use crate::error::python_error;
use crate::{Entry, Inputs, Outputs, Stage, part};
use candle_core::{DType, Device, Result};
use candle_nn::VarBuilder;
use pyo3::exceptions::{PyKeyError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use std::path::PathBuf;

/// A loaded stage.
#[pyclass(frozen, module = "stage")]
pub struct Handle {
    stage: Box<dyn Stage>,
}

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Handle")
    }
}

#[pymethods]
impl Handle {
    /// Runs the stage. `sink` must be None: taps come over `workbench_tap_install_v1`.
    #[pyo3(signature = (inputs, sink=None))]
    fn run<'py>(
        &self,
        py: Python<'py>,
        inputs: &Bound<'py, PyDict>,
        sink: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyDict>> {
        if sink.is_some() {
            let message = "a Rust stage takes no sink: install it by workbench_tap_install_v1";
            return Err(PyValueError::new_err(message));
        }
        let mut inputs = read(inputs)?;
        let outputs = py.detach(|| self.stage.run(&mut inputs));
        write(py, &outputs.map_err(|error| python_error(py, &error))?)
    }
}

fn read(inputs: &Bound<'_, PyDict>) -> PyResult<Inputs> {
    let named = |(name, value): (Bound<'_, PyAny>, Bound<'_, PyAny>)| {
        let name = name.extract::<String>()?;
        let tensor = tensor(&name, &value)?;
        Ok((name, tensor))
    };
    Ok(Inputs::new(
        inputs.iter().map(named).collect::<PyResult<_>>()?,
    ))
}

fn write<'py>(py: Python<'py>, outputs: &Outputs) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (name, tensor) in outputs {
        dict.set_item(name, array(py, name, tensor)?)?;
    }
    Ok(dict)
}

/// The names of `entries`: the module's `stages()`.
pub fn stages(entries: &[Entry]) -> Vec<&'static str> {
    entries.iter().map(|entry| entry.name).collect()
}

/// The module's `parts()`: the parts of a stage in execution order, each with the taps that it is fed with.
///
/// # Errors
/// A `KeyError` if there is no such stage, a `RuntimeError` if the config does not fit.
pub fn parts<'py>(
    py: Python<'py>,
    entries: &[Entry],
    stage: &str,
    config: &str,
) -> PyResult<Bound<'py, PyDict>> {
    let parts =
        part::fed(find(entries, stage)?, config).map_err(|error| python_error(py, &error))?;
    let dict = PyDict::new(py);
    for (name, fed) in parts {
        dict.set_item(name, fed)?;
    }
    Ok(dict)
}

/// The module's `load()`: the stage `name` of `entries`, or its part `part`, from safetensors files and a JSON config.
///
/// # Errors
/// A `KeyError` if there is no such stage, a `RuntimeError` if a file, a weight, the part or the config does not fit.
pub fn load(
    py: Python<'_>,
    entries: &[Entry],
    name: &str,
    weights: &[PathBuf],
    config: &str,
    part: Option<&str>,
) -> PyResult<Handle> {
    let entry = find(entries, name)?;
    let stage = py.detach(|| {
        let weights = builder(weights)?;
        match part {
            None => (entry.load)(weights, config),
            Some(part) => part::load(entry, part, weights, config),
        }
    });
    let stage = stage.map_err(|error| python_error(py, &error))?;
    Ok(Handle { stage })
}

fn find<'a>(entries: &'a [Entry], name: &str) -> PyResult<&'a Entry> {
    let entry = entries.iter().find(|entry| entry.name == name);
    entry.ok_or_else(|| {
        let names = stages(entries).join(", ");
        PyKeyError::new_err(format!("no stage `{name}`; there are: {names}"))
    })
}

/// One builder over all files; their tensors are read as float32 when asked for.
fn builder(weights: &[PathBuf]) -> Result<VarBuilder<'static>> {
    // SAFETY: weights are not written while a session uses them; new ones are renamed into place.
    unsafe { VarBuilder::from_mmaped_safetensors(weights, DType::F32, &Device::Cpu) }
}
