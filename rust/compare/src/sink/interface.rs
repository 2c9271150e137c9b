//! The tap interface, version 1, as the host sees it: pointers may be null where they are of nothing, texts may be
//! anything.

use std::slice;

use tap::WorkbenchTap;

use crate::sink::tap::Tap;

/// What the structure describes.
///
/// # Safety
/// Every pointer must be valid for its length while the result is in use.
pub unsafe fn read(tap: &WorkbenchTap) -> Tap<'_> {
    // SAFETY: the caller's promise.
    unsafe {
        Tap {
            name: part(tap.name.cast(), tap.name_len),
            kind: part(tap.kind.cast(), tap.kind_len),
            file: part(tap.file.cast(), tap.file_len),
            dtype: part(tap.dtype.cast(), tap.dtype_len),
            line: tap.line,
            shape: part(tap.shape, tap.rank),
            content: part(tap.data.cast(), tap.bytes),
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
