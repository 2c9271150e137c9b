use crate::interface::{WorkbenchTap, installed};
use std::panic::Location;

/// The elements of a tensor as the C interface wants them: contiguous and row-major.
#[derive(Clone, Copy, Debug)]
pub struct Bytes<'a> {
    /// One of `f32 f64 f16 bf16 u8 u32 i16 i32 i64`.
    pub dtype: &'a str,
    /// Sizes of the dimensions.
    pub shape: &'a [usize],
    /// The elements in memory order.
    pub data: &'a [u8],
}

/// Shows `tensor` to the sink under its full `name`. If the sink gives a replacement, `replace` reads it, as long
/// as `tensor.data` and of no particular alignment, and its answer is returned.
pub fn offer<R>(
    name: &str,
    at: &Location<'_>,
    tensor: Bytes<'_>,
    replace: impl FnOnce(&[u8]) -> R,
) -> Option<R> {
    let host = installed()?;
    let tap = record(name, at, tensor);
    // SAFETY: `tap` borrows from arguments that outlive the call; the host vouched for sink and context.
    let replacement = unsafe { (host.sink)(host.context, &tap) }.cast::<u8>();
    if replacement.is_null() {
        return None;
    }
    // SAFETY: a replacement has as many bytes as the tensor and is valid until we return to the port.
    Some(replace(unsafe {
        std::slice::from_raw_parts(replacement, tensor.data.len())
    }))
}

fn record(name: &str, at: &Location<'_>, tensor: Bytes<'_>) -> WorkbenchTap {
    const KIND: &str = "tap";
    WorkbenchTap {
        name: name.as_ptr().cast(),
        name_len: name.len(),
        kind: KIND.as_ptr().cast(),
        kind_len: KIND.len(),
        file: at.file().as_ptr().cast(),
        file_len: at.file().len(),
        dtype: tensor.dtype.as_ptr().cast(),
        dtype_len: tensor.dtype.len(),
        line: at.line().into(),
        shape: tensor.shape.as_ptr(),
        rank: tensor.shape.len(),
        data: tensor.data.as_ptr().cast(),
        bytes: tensor.data.len(),
    }
}
