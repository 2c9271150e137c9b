//! numpy arrays to candle tensors and back.

use crate::error::python_error;
use candle_core::{DType, Device, Tensor, WithDType};
use half::f16;
use numpy::{Element, PyArray1, PyArrayDyn, PyArrayMethods, PyUntypedArray, PyUntypedArrayMethods};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;

/// The input `name` as a tensor, copied.
pub(crate) fn tensor(name: &str, value: &Bound<'_, PyAny>) -> PyResult<Tensor> {
    let Ok(array) = value.cast::<PyUntypedArray>() else {
        let message = format!(
            "input `{name}`: expected a numpy array, got {}",
            value.get_type()
        );
        return Err(PyTypeError::new_err(message));
    };
    if !array.is_c_contiguous() {
        let message =
            format!("input `{name}` is not contiguous: pass it through numpy.ascontiguousarray");
        return Err(PyValueError::new_err(message));
    }
    known(array)?.ok_or_else(|| {
        let dtype = array.dtype();
        let message = format!(
            "input `{name}`: unsupported dtype {dtype}; expected float32, float64, float16, uint8, uint32, int16, \
             int32 or int64 in native byte order"
        );
        PyTypeError::new_err(message)
    })
}

fn known(array: &Bound<'_, PyUntypedArray>) -> PyResult<Option<Tensor>> {
    let readers = [
        read::<f32>,
        read::<f64>,
        read::<f16>,
        read::<u8>,
        read::<u32>,
        read::<i16>,
        read::<i32>,
        read::<i64>,
    ];
    readers.iter().find_map(|read| read(array)).transpose()
}

/// The tensor, if the elements are of type `T`.
fn read<T: Element + WithDType>(array: &Bound<'_, PyUntypedArray>) -> Option<PyResult<Tensor>> {
    let array = array.as_any().cast::<PyArrayDyn<T>>().ok()?;
    Some(copy(array))
}

fn copy<T: Element + WithDType>(array: &Bound<'_, PyArrayDyn<T>>) -> PyResult<Tensor> {
    let elements = array.try_readonly()?;
    let copied = Tensor::from_slice(elements.as_slice()?, array.shape(), &Device::Cpu);
    copied.map_err(|error| python_error(array.py(), &error))
}

/// The output `name` as a new array.
pub(crate) fn array<'py>(
    py: Python<'py>,
    name: &str,
    tensor: &Tensor,
) -> PyResult<Bound<'py, PyAny>> {
    match tensor.dtype() {
        DType::F32 => write::<f32>(py, tensor),
        DType::F64 => write::<f64>(py, tensor),
        DType::F16 => write::<f16>(py, tensor),
        DType::U8 => write::<u8>(py, tensor),
        DType::U32 => write::<u32>(py, tensor),
        DType::I16 => write::<i16>(py, tensor),
        DType::I32 => write::<i32>(py, tensor),
        DType::I64 => write::<i64>(py, tensor),
        other => {
            let message = format!("output `{name}`: numpy has no dtype {}", other.as_str());
            Err(PyTypeError::new_err(message))
        }
    }
}

fn write<'py, T: Element + WithDType>(
    py: Python<'py>,
    tensor: &Tensor,
) -> PyResult<Bound<'py, PyAny>> {
    let elements = tensor.flatten_all().and_then(|flat| flat.to_vec1::<T>());
    let elements = elements.map_err(|error| python_error(py, &error))?;
    Ok(PyArray1::from_vec(py, elements)
        .reshape(tensor.dims())?
        .into_any())
}
