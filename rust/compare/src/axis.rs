//! How the indices of one axis fall into the bins of its profile.

use std::ops::Range;

/// The most values that the profile of one axis has.
pub const MAX_BINS: usize = 64;

/// An axis of a tensor. Up to [`MAX_BINS`] indices have a bin each; beyond that index j falls in
/// bin ⌊j · 64 / length⌋, so that the widths of two bins differ by one index at most.
#[derive(Clone, Copy, Debug)]
pub struct Axis {
    /// Indices along the axis.
    pub length: usize,
    /// Values in its profile.
    pub bins: usize,
}

impl Axis {
    /// An axis with `length` indices.
    pub fn new(length: usize) -> Self {
        Self {
            length,
            bins: length.min(MAX_BINS),
        }
    }

    /// The bin of an index.
    pub fn bin(self, index: usize) -> usize {
        if self.bins == self.length {
            index
        } else {
            index * self.bins / self.length
        }
    }

    /// The first index of a bin; for the bin after the last one, the length.
    pub fn start(self, bin: usize) -> usize {
        if self.bins == self.length {
            bin
        } else {
            (bin * self.length).div_ceil(self.bins)
        }
    }

    /// The indices of a bin.
    pub fn range(self, bin: usize) -> Range<usize> {
        self.start(bin)..self.start(bin + 1)
    }
}
