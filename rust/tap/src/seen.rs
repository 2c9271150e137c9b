use crate::WorkbenchTap;
use std::ffi::c_char;

/// A tap in Rust's types, for a host that is written in Rust.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// Full name of the tap.
    pub name: &'a str,
    /// `"tap"`, or the class of the layer.
    pub kind: &'a str,
    /// Source file of the caller, as rustc knows it.
    pub file: &'a str,
    /// Line of the caller in `file`, from 1.
    pub line: u64,
    /// One of `f32 f64 f16 bf16 u8 u32 i16 i32 i64`.
    pub dtype: &'a str,
    /// Sizes of the dimensions.
    pub shape: &'a [usize],
    /// The elements, contiguous, row-major.
    pub data: &'a [u8],
}

impl WorkbenchTap {
    /// The tap that the pointers stand for.
    ///
    /// # Safety
    /// The pointers must be as the fields of [`WorkbenchTap`] say, and stay so for the lifetime of `self`.
    pub unsafe fn read(&self) -> Seen<'_> {
        // SAFETY: the caller vouches for pointers and lengths, and that the strings are UTF-8.
        unsafe {
            Seen {
                name: text(self.name, self.name_len),
                kind: text(self.kind, self.kind_len),
                file: text(self.file, self.file_len),
                line: self.line,
                dtype: text(self.dtype, self.dtype_len),
                shape: std::slice::from_raw_parts(self.shape, self.rank),
                data: std::slice::from_raw_parts(self.data.cast(), self.bytes),
            }
        }
    }
}

/// # Safety
/// `start` must point to `len` bytes of UTF-8 that live for `'a`.
unsafe fn text<'a>(start: *const c_char, len: usize) -> &'a str {
    // SAFETY: the caller vouches for it.
    unsafe { std::str::from_utf8_unchecked(std::slice::from_raw_parts(start.cast(), len)) }
}
