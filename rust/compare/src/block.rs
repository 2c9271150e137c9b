//! The unit of work: a block of consecutive elements, and the sums that one block gives.

use crate::wide::Wide;

/// Elements per block: few enough for what a block leaves behind to stay in the first-level cache.
pub const BLOCK: usize = 512;

/// The elements of a block, or of a whole tensor, on both sides. `NOISE` tells whether there is a
/// noise to subtract.
pub struct Pair<'a, T: Wide, const NOISE: bool> {
    /// What the port computed.
    pub actual: &'a [T::Raw],
    /// What the reference computed.
    pub expected: &'a [T::Raw],
    /// The reference's own noise, as long as the other two; empty without `NOISE`.
    pub noise: &'a [[u8; 4]],
}

/// One element of a pair, in float64.
#[derive(Clone, Copy)]
pub struct Compared {
    /// a, the port's value.
    pub actual: f64,
    /// y = expected − noise, the exact expectation.
    pub expected: f64,
    /// e = (actual − expected) + noise.
    pub error: f64,
    /// actual − expected, before the noise.
    pub difference: f64,
}

impl<T: Wide, const NOISE: bool> Pair<'_, T, NOISE> {
    /// Whether no element is NaN or infinite on any side.
    #[inline(always)]
    pub fn is_finite(&self) -> bool {
        T::all_finite(self.actual) & T::all_finite(self.expected) & f32::all_finite(self.noise)
    }

    /// One element.
    #[inline(always)]
    pub fn at(&self, index: usize) -> Compared {
        let (actual, expected) = (T::read(self.actual[index]), T::read(self.expected[index]));
        let difference = actual.difference(expected);
        let noise = if NOISE {
            f64::from(f32::from_le_bytes(self.noise[index]))
        } else {
            0.0
        };
        Compared {
            actual: actual.widen(),
            expected: expected.widen() - noise,
            error: difference + noise,
            difference,
        }
    }

    /// How many elements differ between the sides, noise or no noise; NaN differs from NaN.
    #[inline(always)]
    pub fn differing(&self) -> u64 {
        let pairs = self.actual.iter().zip(self.expected);
        let differs =
            |(actual, expected): (&T::Raw, &T::Raw)| T::read(*actual) != T::read(*expected);
        u64::from(pairs.map(|pair| u32::from(differs(pair))).sum::<u32>())
    }

    /// The elements that are finite on every side, with their place.
    pub fn finite(&self) -> impl Iterator<Item = (usize, Compared)> {
        let all = (0..self.actual.len()).map(|index| (index, self.at(index)));
        all.filter(|(_, one)| one.actual.is_finite() && one.expected.is_finite())
    }
}

/// The sums over the compared elements of one block.
#[derive(Clone, Copy, Default)]
pub struct Sums {
    /// Elements compared: those that are finite on every side.
    pub compared: usize,
    /// Elements whose raw values differ.
    pub differing: u64,
    /// Σ e
    pub error: f64,
    /// Σ |e|
    pub absolute: f64,
    /// Σ e²
    pub square: f64,
    /// max |e|
    pub error_max: f64,
    /// max |y|
    pub expected_max: f64,
    /// Mean of a.
    pub actual_mean: f64,
    /// Mean of y.
    pub expected_mean: f64,
    /// Σ (a − mean a)²
    pub actual_moment: f64,
    /// Σ (y − mean y)²
    pub expected_moment: f64,
    /// Σ (a − mean a)(y − mean y)
    pub joint_moment: f64,
    /// Whether some |e|/|y| may be above the largest one of the blocks before.
    pub ratio_exceeded: bool,
}
