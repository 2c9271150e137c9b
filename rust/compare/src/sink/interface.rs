//! The tap interface, version 1, as the host sees it.

use std::ffi::{c_char, c_void};
use std::slice;

use crate::sink::tap::Tap;

/// One tap as a port hands it over. Strings are UTF-8 without a final NUL; all pointers end with the call.
#[repr(C)]
#[derive(Debug)]
pub struct WorkbenchTap {
    /// The port's name of the tap.
    pub name: *const c_char,
    /// Bytes of `name`.
    pub name_len: usize,
    /// `"tap"`, or the class of the layer.
    pub kind: *const c_char,
    /// Bytes of `kind`.
    pub kind_len: usize,
    /// Source file of the caller.
    pub file: *const c_char,
    /// Bytes of `file`.
    pub file_len: usize,
    /// Name of the element type.
    pub dtype: *const c_char,
    /// Bytes of `dtype`.
    pub dtype_len: usize,
    /// Line of the caller in `file`, from 1.
    pub line: u64,
    /// Sizes of the dimensions.
    pub shape: *const usize,
    /// Number of dimensions.
    pub rank: usize,
    /// The elements, contiguous, row-major.
    pub data: *const c_void,
    /// Bytes of `data`.
    pub bytes: usize,
}

impl WorkbenchTap {
    /// What the structure describes.
    ///
    /// # Safety
    /// Every pointer must be valid for its length while the result is in use.
    pub unsafe fn read(&self) -> Tap<'_> {
        // SAFETY: the caller's promise.
        unsafe {
            Tap {
                name: part(self.name.cast(), self.name_len),
                kind: part(self.kind.cast(), self.kind_len),
                file: part(self.file.cast(), self.file_len),
                dtype: part(self.dtype.cast(), self.dtype_len),
                line: self.line,
                shape: part(self.shape, self.rank),
                content: part(self.data.cast(), self.bytes),
            }
        }
    }
}

/// A slice that may be null where it is empty.
///
/// # Safety
/// `start` must be valid for `length` elements.
unsafe fn part<'a, T>(start: *const T, length: usize) -> &'a [T] {
    if length == 0 {
        return &[];
    }
    // SAFETY: the caller's promise.
    unsafe { slice::from_raw_parts(start, length) }
}
