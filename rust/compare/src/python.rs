//! The Python module.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::buffer::Buffer;
use crate::dispatch;
use crate::dtype::Dtype;
use crate::histogram::{HIGHEST_EXPONENT, LOWEST_EXPONENT};
use crate::input::Input;
use crate::metrics::Metrics;
use crate::sink::Sink;

#[pymethods]
impl Metrics {
    /// Index per axis of the first element with |e| = max |e|; None where nothing was compared.
    #[getter]
    fn worst_index<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyTuple>>> {
        let index = self.worst_index.as_ref();
        index.map(|index| PyTuple::new(py, index)).transpose()
    }

    fn __repr__(&self) -> String {
        let (count, differing, max_abs) = (self.count, self.differing, self.max_abs);
        format!("Metrics(count={count}, differing={differing}, max_abs={max_abs:e})")
    }
}

/// Compares two tensors in one pass, without copying them and without holding the interpreter.
#[pyfunction]
#[pyo3(signature = (actual, expected, dtype, shape, noise=None))]
fn compare(
    py: Python<'_>,
    actual: &Bound<'_, PyAny>,
    expected: &Bound<'_, PyAny>,
    dtype: &str,
    shape: Vec<usize>,
    noise: Option<&Bound<'_, PyAny>>,
) -> PyResult<Metrics> {
    let dtype: Dtype = dtype.parse().map_err(PyValueError::new_err)?;
    let actual = Buffer::new("actual", actual, dtype)?;
    let expected = Buffer::new("expected", expected, dtype)?;
    let noise = noise
        .map(|noise| Buffer::new("noise", noise, Dtype::F32))
        .transpose()?;
    let noise = noise.as_ref().map(Buffer::bytes);
    let input = Input::new(actual.bytes(), expected.bytes(), noise, dtype, &shape);
    let input = input.map_err(PyValueError::new_err)?;
    Ok(py.detach(|| dispatch::compare(&input)))
}

/// The metrics kernel of the workbench.
#[pymodule]
fn _kernel(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_class::<Metrics>()?;
    module.add_class::<Sink>()?;
    module.add("LOWEST_EXPONENT", LOWEST_EXPONENT)?;
    module.add("HIGHEST_EXPONENT", HIGHEST_EXPONENT)?;
    module.add_function(wrap_pyfunction!(compare, module)?)
}
