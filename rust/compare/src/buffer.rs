//! The bytes of a Python object, without a copy.

use std::ffi::{CStr, c_char};
use std::slice;

use pyo3::exceptions::PyValueError;
use pyo3::ffi;
use pyo3::prelude::*;

use crate::dtype::Dtype;

/// A contiguous buffer that its owner may neither free nor resize while this lives. (PyO3's own
/// type refuses tensors of rank 0, whose shape is a null pointer.)
pub struct Buffer<'py> {
    /// Boxed, since exporters may point into it.
    view: Box<ffi::Py_buffer>,
    /// Proof of being attached to the interpreter, as dropping the view requires.
    _attached: Python<'py>,
}

impl<'py> Buffer<'py> {
    /// Takes the buffer of `object`, which is called `side` in errors.
    ///
    /// # Errors
    /// TypeError without the buffer protocol, ValueError where the buffer is not contiguous in
    /// row-major order or says that its elements are of another type than `dtype`. Buffers of
    /// single bytes say nothing.
    pub fn new(side: &str, object: &Bound<'py, PyAny>, dtype: Dtype) -> PyResult<Self> {
        let buffer = Self::get(object)?;
        if !buffer.is_contiguous() {
            let message = format!("{side} is not contiguous in row-major order");
            return Err(PyValueError::new_err(message));
        }
        let (format, size) = (buffer.format(), buffer.view.itemsize);
        if size > 1 && !holds(&format, size, dtype) {
            let name = dtype.name();
            let message = format!("{side} has elements of format '{format}', which is not {name}");
            return Err(PyValueError::new_err(message));
        }
        Ok(buffer)
    }

    fn get(object: &Bound<'py, PyAny>) -> PyResult<Self> {
        let mut view = Box::new(ffi::Py_buffer::new());
        // SAFETY: the object is alive, the view is ours, and a `Python` shows that we are attached.
        let status =
            unsafe { ffi::PyObject_GetBuffer(object.as_ptr(), &raw mut *view, ffi::PyBUF_FULL_RO) };
        if status != 0 {
            return Err(PyErr::fetch(object.py()));
        }
        Ok(Self {
            view,
            _attached: object.py(),
        })
    }

    fn is_contiguous(&self) -> bool {
        // SAFETY: the view was filled by PyObject_GetBuffer.
        unsafe { ffi::PyBuffer_IsContiguous(&raw const *self.view, b'C' as c_char) != 0 }
    }

    /// The format of an element in the language of Python's `struct`; a null pointer means bytes.
    fn format(&self) -> String {
        if self.view.format.is_null() {
            return "B".to_owned();
        }
        // SAFETY: a format that is not null is a C string that lives as long as the view.
        unsafe { CStr::from_ptr(self.view.format) }
            .to_string_lossy()
            .into_owned()
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        if self.view.len == 0 {
            return &[];
        }
        // SAFETY: the exporter keeps `len` contiguous bytes in place until the buffer is released,
        // which is when `self` is dropped. Callers promise not to write to them during a
        // comparison.
        unsafe { slice::from_raw_parts(self.view.buf.cast(), self.view.len.unsigned_abs()) }
    }
}

impl Drop for Buffer<'_> {
    fn drop(&mut self) {
        // SAFETY: the view was filled by PyObject_GetBuffer, is released once, and we are attached.
        unsafe { ffi::PyBuffer_Release(&raw mut *self.view) }
    }
}

/// Whether elements of this format and size are of this dtype. Sixteen bits of a float may come as
/// an integer.
fn holds(format: &str, size: isize, dtype: Dtype) -> bool {
    let code = format.trim_start_matches(['@', '=', '<']);
    let known = match dtype {
        Dtype::F32 => "f",
        Dtype::F64 => "d",
        Dtype::F16 => "eH",
        Dtype::Bf16 => "H",
        Dtype::U8 => "B",
        Dtype::U32 => "IL",
        Dtype::I16 => "h",
        Dtype::I32 => "il",
        Dtype::I64 => "lq",
    };
    code.len() == 1 && known.contains(code) && size.unsigned_abs() == dtype.size()
}
