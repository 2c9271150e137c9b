//! Taps of owned `ndarray` arrays. A row-major array is shown in place, any other as a row-major copy.

use crate::{Bytes, Tap, offer};
use ndarray::{Array, Dimension};
use std::panic::Location;

/// An element type that the interface knows.
///
/// # Safety
/// `DTYPE` must name the type, which must have no padding and accept every bit pattern.
pub unsafe trait Element: Clone {
    /// The interface's name of the type.
    const DTYPE: &'static str;
}

macro_rules! element {
    ($($type:ident),+) => {$(
        // SAFETY: a primitive number.
        unsafe impl Element for $type {
            const DTYPE: &'static str = stringify!($type);
        }
    )+};
}

element!(f32, f64, u8, u32, i16, i32, i64);

impl<A: Element, D: Dimension> Tap for Array<A, D> {
    type Output = Array<A, D>;

    fn tapped(&self, name: &str, at: &Location<'_>) -> Array<A, D> {
        let shown = self.as_standard_layout();
        let elements = shown.as_slice().expect("the standard layout is contiguous");
        let bytes = Bytes {
            dtype: A::DTYPE,
            shape: self.shape(),
            data: bytes_of(elements),
        };
        let replace = |new: &[u8]| {
            Array::from_shape_vec(self.raw_dim(), from_bytes(new)).expect("as long as the tensor")
        };
        offer(name, at, bytes, replace).unwrap_or_else(|| self.untapped())
    }

    fn untapped(&self) -> Array<A, D> {
        self.clone()
    }
}

fn bytes_of<A: Element>(elements: &[A]) -> &[u8] {
    // SAFETY: `Element` promises that there is no padding, and any byte may be read as u8.
    unsafe { std::slice::from_raw_parts(elements.as_ptr().cast(), size_of_val(elements)) }
}

fn from_bytes<A: Element>(bytes: &[u8]) -> Vec<A> {
    // SAFETY: `Element` accepts every bit pattern, each chunk has the element's size, and the read is unaligned.
    let read = |chunk: &[u8]| unsafe { chunk.as_ptr().cast::<A>().read_unaligned() };
    bytes.chunks_exact(size_of::<A>()).map(read).collect()
}
