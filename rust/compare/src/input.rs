//! What is compared.

use crate::dtype::Dtype;

/// Two tensors in memory, row-major and contiguous, whose sizes have been checked.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    pub(crate) actual: &'a [u8],
    pub(crate) expected: &'a [u8],
    pub(crate) noise: Option<&'a [u8]>,
    pub(crate) dtype: Dtype,
    pub(crate) shape: &'a [usize],
}

impl<'a> Input<'a> {
    /// Checks that both sides, and the float32 noise if there is one, have as many bytes as the
    /// shape asks for.
    ///
    /// # Errors
    /// A sentence that names the side and both sizes.
    pub fn new(
        actual: &'a [u8],
        expected: &'a [u8],
        noise: Option<&'a [u8]>,
        dtype: Dtype,
        shape: &'a [usize],
    ) -> Result<Self, String> {
        let count = shape
            .iter()
            .try_fold(1_usize, |count, &length| count.checked_mul(length));
        let sides = [
            ("actual", Some(actual), dtype),
            ("expected", Some(expected), dtype),
        ];
        for (side, bytes, dtype) in sides.into_iter().chain([("noise", noise, Dtype::F32)]) {
            let wanted = count.and_then(|count| count.checked_mul(dtype.size()));
            if let Some(bytes) = bytes.filter(|bytes| Some(bytes.len()) != wanted) {
                let (has, name) = (bytes.len(), dtype.name());
                return Err(format!(
                    "{side} has {has} bytes, which is not shape {shape:?} in {name}"
                ));
            }
        }
        Ok(Self {
            actual,
            expected,
            noise,
            dtype,
            shape,
        })
    }
}
