//! Everything that is gathered on the way through two tensors.

use crate::block::{BLOCK, Pair, Sums};
use crate::histogram::Histogram;
use crate::metrics::Metrics;
use crate::profile::Profile;
use crate::total::Total;
use crate::wide::Wide;
use crate::{careful, fast};

/// What is gathered. The scratch comes first, so that it begins at a line of the cache.
#[repr(C, align(64))]
pub struct State {
    sizes: [f64; BLOCK],
    excluded: [f64; BLOCK],
    histogram: Histogram,
    /// The sums so far.
    total: Total,
    profile: Profile,
}

impl State {
    /// Nothing gathered yet for a tensor of this shape, in which no axis may be empty.
    pub fn new(shape: &[usize]) -> Self {
        let (total, histogram, profile) = (Total::default(), Histogram::new(), Profile::new(shape));
        Self {
            total,
            histogram,
            profile,
            sizes: [0.0; BLOCK],
            excluded: [0.0; BLOCK],
        }
    }

    /// Gathers a full block of finite elements and returns its sums, to be joined to the total.
    #[inline(always)]
    pub fn full_block<T: Wide, const NOISE: bool, const FUSED: bool>(
        &mut self,
        block: &Pair<T, NOISE>,
        start: usize,
    ) -> Sums {
        let (before, squares) = (self.total.before(block), self.profile.slots(start));
        let mut sums = fast::sums::<T, NOISE, FUSED>(block, before, &mut self.sizes, squares);
        self.profile
            .add_block::<FUSED>(start, &self.sizes, sums.square);
        let zeros = self.histogram.add_block(&self.sizes);
        sums.differing = if NOISE {
            block.differing()
        } else {
            BLOCK as u64 - zeros
        };
        sums
    }

    /// The same for a block of any length and content.
    #[inline(never)]
    pub fn any_block<T: Wide, const NOISE: bool>(
        &mut self,
        block: &Pair<T, NOISE>,
        start: usize,
    ) -> Sums {
        let nonfinite = &mut self.total.nonfinite;
        let sums = careful::sums(block, start, &mut self.sizes, &mut self.excluded, nonfinite);
        let length = block.actual.len();
        let (sizes, excluded) = (&self.sizes[..length], &self.excluded[..length]);
        self.profile.add_some(start, sizes, excluded);
        let compared = sizes
            .iter()
            .zip(excluded)
            .filter(|(_, excluded)| **excluded == 0.0);
        compared.for_each(|(size, _)| self.histogram.add(*size));
        sums
    }

    /// Joins the sums of the block that was gathered last.
    #[inline(always)]
    pub fn join<T: Wide, const NOISE: bool>(
        &mut self,
        block: &Pair<T, NOISE>,
        start: usize,
        sums: &Sums,
    ) {
        self.total.join(block, start, sums, &self.sizes);
    }

    /// The metrics of the tensor, once every block is in.
    pub fn metrics(self, shape: &[usize]) -> Metrics {
        Metrics {
            zeros: self.histogram.zeros(),
            exponent_histogram: self.histogram.bins().to_vec(),
            profile: self.profile.finish(),
            ..Metrics::derive(&self.total, shape)
        }
    }
}
