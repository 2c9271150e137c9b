//! The sink as Python has it.

use std::collections::HashMap;
use std::os::fd::RawFd;
use std::slice;
use std::sync::Arc;

use pyo3::buffer::PyBuffer;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::sink::element::Element;
use crate::sink::expected::{Bytes, Expected};
use crate::sink::names::Names;
use crate::sink::registry::{Installed, receive};
use crate::sink::run::{Run, Settings};
use crate::sink::tap::Tap;

/// Bytes, and whether they are the pages of a mapped file.
type Mapped = (PyBuffer<u8>, bool);

/// Name; order, dtype and shape of the reference; its bytes; the bytes of its noise; whether it is injected.
type Row = (
    String,
    i64,
    String,
    Vec<usize>,
    Mapped,
    Option<Mapped>,
    bool,
);

/// The taps of one run: named, compared and sent without the interpreter.
#[pyclass(frozen, module = "workbench.compare._kernel")]
pub struct Sink {
    run: Arc<Run>,
    installed: Installed,
}

#[pymethods]
impl Sink {
    #[new]
    #[pyo3(signature = (run, socket, prefix, renamed, expected, keep=String::new()))]
    fn new(
        run: String,
        socket: RawFd,
        prefix: String,
        renamed: HashMap<String, String>,
        expected: Vec<Row>,
        keep: String,
    ) -> PyResult<Self> {
        let expected = expected.into_iter().map(expect).collect::<PyResult<_>>()?;
        let names = Names::new(prefix, renamed);
        let run = Arc::new(Run::start(Settings {
            run,
            socket,
            names,
            expected,
            keep,
        })?);
        let installed = Installed::new(Arc::clone(&run));
        Ok(Self { run, installed })
    }

    /// The address of the C function that takes taps.
    #[getter]
    fn function(&self) -> usize {
        receive as *const () as usize
    }

    /// What that function wants as its context.
    #[getter]
    fn context(&self) -> usize {
        self.installed.context().addr()
    }

    /// Takes a tap; returns None or the bytes that replace it.
    fn take<'py>(
        &self,
        py: Python<'py>,
        name: &str,
        dtype: &str,
        shape: Vec<usize>,
        content: PyBuffer<u8>,
        source: (String, u64),
    ) -> Option<Bound<'py, PyBytes>> {
        let content = Held(content);
        let tap = tap(name, "tap", dtype, &shape, &content, (&source.0, source.1));
        let replacement = py.detach(|| {
            self.run
                .take(&tap)
                .map(|(start, length)| (start.addr(), length))
        });
        let (start, length) = replacement?;
        // SAFETY: the run is alive, and with it what replaces its taps.
        let bytes = unsafe { slice::from_raw_parts(start as *const u8, length) };
        Some(PyBytes::new(py, bytes))
    }

    /// Compares one of the run's outputs.
    fn output(
        &self,
        py: Python<'_>,
        name: &str,
        dtype: &str,
        shape: Vec<usize>,
        content: PyBuffer<u8>,
    ) {
        let content = Held(content);
        let tap = tap(name, "output", dtype, &shape, &content, ("", 0));
        py.detach(|| self.run.output(&tap));
    }

    /// Returns once every tap is compared and sent; later ones are let through.
    fn close(&self, py: Python<'_>) {
        py.detach(|| self.run.close());
    }

    /// The taps in the order they came, by their reference names.
    #[getter]
    fn names(&self) -> Vec<String> {
        self.run.names()
    }

    /// Dtype, shape and bytes of the tensor that was to be kept; None where it has not come.
    #[getter]
    fn kept<'py>(&self, py: Python<'py>) -> Option<(&str, &[usize], Bound<'py, PyBytes>)> {
        let (dtype, shape, content) = self.run.kept()?;
        Some((dtype, shape, PyBytes::new(py, content)))
    }

    /// Layers that came without a name.
    #[getter]
    fn unnamed(&self) -> usize {
        self.run.unnamed()
    }

    /// Seconds that the port has spent in its taps.
    #[getter]
    fn seconds(&self) -> f64 {
        self.run.spent().as_secs_f64()
    }

    /// What went wrong in here first.
    #[getter]
    fn failure(&self) -> Option<&str> {
        self.run.failure()
    }
}

/// The bytes of a Python object that nobody writes to meanwhile.
struct Held(PyBuffer<u8>);

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        let length = self.0.len_bytes();
        if length == 0 {
            return &[];
        }
        // SAFETY: the exporter keeps the bytes in place as long as the buffer is held, and whoever
        // made the sink promises to leave them alone.
        unsafe { slice::from_raw_parts(self.0.buf_ptr().cast(), length) }
    }
}

fn expect(row: Row) -> PyResult<(String, Expected)> {
    let (name, order, dtype, shape, reference, noise, injected) = row;
    let Some(element) = Element::named(dtype.as_bytes()) else {
        return Err(PyValueError::new_err(format!(
            "{name}: unknown dtype {dtype:?}"
        )));
    };
    let held = |(buffer, in_file): Mapped| match in_file {
        // SAFETY: whoever made the sink says that this is a file's mapping, and leaves it alone.
        true => unsafe { Bytes::in_file(Held(buffer)) },
        false => Bytes::in_memory(Held(buffer)),
    };
    let expected = Expected {
        order,
        element,
        shape,
        reference: held(reference),
        noise: noise.map(held),
        injected,
    };
    Ok((name, expected))
}

fn tap<'a>(
    name: &'a str,
    kind: &'a str,
    dtype: &'a str,
    shape: &'a [usize],
    content: &'a Held,
    (file, line): (&'a str, u64),
) -> Tap<'a> {
    Tap {
        name: name.as_bytes(),
        kind: kind.as_bytes(),
        file: file.as_bytes(),
        dtype: dtype.as_bytes(),
        line,
        shape,
        content: content.as_ref(),
    }
}
