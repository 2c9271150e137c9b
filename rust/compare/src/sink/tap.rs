//! One tensor of the port on its way into the sink.

/// One tensor of the port and what it says about itself. Texts are UTF-8, more or less.
#[derive(Clone, Copy, Debug)]
pub struct Tap<'a> {
    /// The port's name; empty for a layer that has none.
    pub name: &'a [u8],
    /// The layer's type, `tap` or `output`.
    pub kind: &'a [u8],
    /// Source file of the caller.
    pub file: &'a [u8],
    /// Name of the element type.
    pub dtype: &'a [u8],
    /// Line of the caller in `file`.
    pub line: u64,
    /// Sizes of the dimensions.
    pub shape: &'a [usize],
    /// The elements, contiguous, row-major.
    pub content: &'a [u8],
}
