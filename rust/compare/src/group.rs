//! Reads a full block a few elements at a time, in vector code.

use crate::block::{BLOCK, Pair};
use crate::lanes::{LANES, Lanes};
use crate::prefetch::prefetch;
use crate::wide::Wide;

/// Groups per block.
pub const GROUPS: usize = BLOCK / LANES;

/// A few elements, one per lane; the names are those of [`Compared`](crate::block::Compared).
pub struct Group {
    /// a
    pub actual: Lanes,
    /// y
    pub expected: Lanes,
    /// e
    pub error: Lanes,
}

/// A full block in groups.
pub struct Groups<'a, T: Wide> {
    actual: &'a [[T::Raw; LANES]; GROUPS],
    expected: &'a [[T::Raw; LANES]; GROUPS],
    noise: &'a [[[u8; 4]; LANES]],
}

impl<'a, T: Wide> Groups<'a, T> {
    /// The groups of a block of [`BLOCK`] elements.
    ///
    /// # Panics
    /// If the block is shorter.
    #[inline(always)]
    pub fn new<const NOISE: bool>(pair: &Pair<'a, T, NOISE>) -> Self {
        const FULL: &str = "the block is full";
        let actual = pair.actual.as_chunks().0.first_chunk().expect(FULL);
        let expected = pair.expected.as_chunks().0.first_chunk().expect(FULL);
        let noise = pair.noise.as_chunks().0;
        assert!(!NOISE || noise.len() == GROUPS, "{FULL}");
        Self {
            actual,
            expected,
            noise,
        }
    }

    /// Reads one group.
    #[inline(always)]
    pub fn read<const NOISE: bool>(&self, number: usize) -> Group {
        let (actual, expected) = (
            self.actual[number].map(T::read),
            self.expected[number].map(T::read),
        );
        let difference = Lanes::new(|lane| actual[lane].difference(expected[lane]));
        let actual = Lanes::new(|lane| actual[lane].widen());
        let expected = Lanes::new(|lane| expected[lane].widen());
        if !NOISE {
            return Group {
                actual,
                expected,
                error: difference,
            };
        }
        let noise = Lanes::new(|lane| f64::from(f32::read(self.noise[number][lane])));
        let mut error = difference;
        error.add(noise);
        Group {
            actual,
            expected: expected.minus(noise),
            error,
        }
    }

    /// Asks for the group of the same number in the block that follows in memory, once per line of
    /// the cache: the CPU's own prediction stops at every page, and while the histogram looks at
    /// this block.
    #[inline(always)]
    pub fn prefetch_next(&self, number: usize) {
        const LINE: usize = 64;
        if number.is_multiple_of(LINE / size_of::<[T::Raw; LANES]>()) {
            prefetch((&raw const self.actual[number]).wrapping_add(GROUPS));
            prefetch((&raw const self.expected[number]).wrapping_add(GROUPS));
        }
    }
}
