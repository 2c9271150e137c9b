//! Arithmetic on a few float64 at once, in a form that the compiler turns into vector instructions.

use std::array::from_fn;

/// Independent partial sums per quantity. Four of them fill a 256-bit register, and eleven
/// quantities then fit in the sixteen registers of AVX2.
pub const LANES: usize = 4;

/// One partial result per lane.
#[derive(Clone, Copy, Default)]
pub struct Lanes([f64; LANES]);

impl Lanes {
    /// The lanes that `value` gives for 0, 1, ….
    #[inline(always)]
    pub fn new(value: impl FnMut(usize) -> f64) -> Self {
        Self(from_fn(value))
    }

    /// The same number in every lane.
    #[inline(always)]
    pub fn all(number: f64) -> Self {
        Self([number; LANES])
    }

    /// Adds lane by lane.
    #[inline(always)]
    pub fn add(&mut self, values: Self) {
        *self = Self::new(|lane| self.0[lane] + values.0[lane]);
    }

    /// Adds the products lane by lane, see [`multiply_add`].
    #[inline(always)]
    pub fn add_product<const FUSED: bool>(&mut self, left: Self, right: Self) {
        *self = Self::new(|lane| multiply_add::<FUSED>(left.0[lane], right.0[lane], self.0[lane]));
    }

    /// Keeps the larger value of each lane; neither may be NaN.
    #[inline(always)]
    pub fn keep_max(&mut self, values: Self) {
        *self = Self::new(|lane| max(self.0[lane], values.0[lane]));
    }

    /// The absolute values.
    #[inline(always)]
    pub fn abs(self) -> Self {
        Self::new(|lane| self.0[lane].abs())
    }

    /// Subtracts lane by lane.
    #[inline(always)]
    pub fn minus(self, values: Self) -> Self {
        Self::new(|lane| self.0[lane] - values.0[lane])
    }

    /// The lanes as an array.
    #[inline(always)]
    pub fn array(self) -> [f64; LANES] {
        self.0
    }

    /// The sum of the lanes.
    #[inline(always)]
    pub fn total(self) -> f64 {
        self.0.iter().sum()
    }

    /// The largest lane, but at least zero.
    #[inline(always)]
    pub fn largest(self) -> f64 {
        self.0.into_iter().fold(0.0, max)
    }
}

impl From<[f64; LANES]> for Lanes {
    #[inline(always)]
    fn from(lanes: [f64; LANES]) -> Self {
        Self(lanes)
    }
}

/// a·b + c, with one rounding where `FUSED` and two otherwise. `FUSED` must be false for a CPU
/// without the instruction: a library call would be fifty times as slow.
#[inline(always)]
pub fn multiply_add<const FUSED: bool>(a: f64, b: f64, c: f64) -> f64 {
    if FUSED { a.mul_add(b, c) } else { a * b + c }
}

/// The larger of two numbers, neither of them NaN; one instruction, unlike [`f64::max`].
#[inline(always)]
pub fn max(left: f64, right: f64) -> f64 {
    if left > right { left } else { right }
}

/// Σ v over any number of values.
pub fn sum(values: &[f64]) -> f64 {
    let (groups, rest) = values.as_chunks::<LANES>();
    let mut lanes = Lanes::default();
    groups.iter().for_each(|group| lanes.add(Lanes(*group)));
    lanes.total() + rest.iter().sum::<f64>()
}

/// Σ v² over any number of values.
#[inline(always)]
pub fn sum_of_squares<const FUSED: bool>(values: &[f64]) -> f64 {
    // Several sums side by side, since each addition waits for the one before it.
    const SIDE_BY_SIDE: usize = 4;
    let (groups, rest) = values.as_chunks::<{ SIDE_BY_SIDE * LANES }>();
    let mut sums = [Lanes::default(); SIDE_BY_SIDE];
    for group in groups {
        for (sum, group) in sums.iter_mut().zip(group.as_chunks().0) {
            sum.add_product::<FUSED>(Lanes(*group), Lanes(*group));
        }
    }
    let total: f64 = sums.into_iter().map(Lanes::total).sum();
    total + rest.iter().map(|value| value * value).sum::<f64>()
}
