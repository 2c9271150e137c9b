//! A full block of finite elements: every sum from one reading, in vector code.

use std::hint::black_box;

use crate::block::{BLOCK, Pair, Sums};
use crate::group::{GROUPS, Group, Groups};
use crate::lanes::Lanes;
use crate::wide::Wide;

/// What a block needs to know of the ones before it.
#[derive(Clone, Copy, Default)]
pub struct Before {
    /// The mean of a over the last block, or any a of this one.
    pub actual_mean: f64,
    /// The mean of y over the last block, or any y of this one.
    pub expected_mean: f64,
    /// The largest |e|/|y|.
    pub ratio: f64,
}

/// Partial sums; a′ = a − [`Before::actual_mean`], y′ = y − [`Before::expected_mean`].
#[derive(Clone, Copy, Default)]
struct Partial {
    actual: Lanes,
    expected: Lanes,
    actual_square: Lanes,
    expected_square: Lanes,
    product: Lanes,
    error: Lanes,
    absolute: Lanes,
    square: Lanes,
    error_max: Lanes,
    expected_max: Lanes,
    /// max (|e| − ratio·|y|)
    excess: Lanes,
}

impl Partial {
    /// Adds a group of elements and returns |e| of each.
    #[inline(always)]
    fn add<const FUSED: bool>(&mut self, group: &Group, before: Before) -> Lanes {
        let actual = group.actual.minus(Lanes::all(before.actual_mean));
        let expected = group.expected.minus(Lanes::all(before.expected_mean));
        self.actual.add(actual);
        self.expected.add(expected);
        self.actual_square.add_product::<FUSED>(actual, actual);
        self.expected_square
            .add_product::<FUSED>(expected, expected);
        self.product.add_product::<FUSED>(actual, expected);
        let (size, scale) = (group.error.abs(), group.expected.abs());
        self.error.add(group.error);
        self.absolute.add(size);
        self.square.add_product::<FUSED>(size, size);
        self.error_max.keep_max(size);
        self.expected_max.keep_max(scale);
        let mut excess = size;
        excess.add_product::<FUSED>(scale, Lanes::all(-before.ratio));
        self.excess.keep_max(excess);
        size
    }

    /// The sums of the block, and its moments about its own means: with s = Σ a′ and c = Σ a′y′, Σ
    /// (a − mean a)² = Σ a′² − s²/n and Σ (a − mean a)(y − mean y) = c − s_a s_y / n. What cancels
    /// here is n (mean a − mean a before)², which is part of the whole tensor's Σ (a − mean a)² as
    /// well: the rounding is small against that.
    #[inline(always)]
    fn sums(&self, before: Before) -> Sums {
        let n = BLOCK as f64;
        let (actual, expected) = (self.actual.total(), self.expected.total());
        Sums {
            compared: BLOCK,
            differing: 0,
            error: self.error.total(),
            absolute: self.absolute.total(),
            square: self.square.total(),
            error_max: self.error_max.largest(),
            expected_max: self.expected_max.largest(),
            actual_mean: before.actual_mean + actual / n,
            expected_mean: before.expected_mean + expected / n,
            actual_moment: (self.actual_square.total() - actual * actual / n).max(0.0),
            expected_moment: (self.expected_square.total() - expected * expected / n).max(0.0),
            joint_moment: self.product.total() - actual * expected / n,
            ratio_exceeded: self.excess.largest() > 0.0,
        }
    }
}

/// Sums of a block of [`BLOCK`] finite elements. Puts |e| of each element into `sizes` and adds e²
/// to `squares`.
#[inline(always)]
pub fn sums<T: Wide, const NOISE: bool, const FUSED: bool>(
    pair: &Pair<T, NOISE>,
    before: Before,
    sizes: &mut [f64; BLOCK],
    squares: &mut [f64; BLOCK],
) -> Sums {
    let mut partial = Partial::default();
    let (sizes, squares) = (sizes.as_chunks_mut().0, squares.as_chunks_mut().0);
    let groups = Groups::new(pair);
    for number in 0..GROUPS {
        groups.prefetch_next(number);
        let size = partial.add::<FUSED>(&groups.read::<NOISE>(number), before);
        let mut square = Lanes::from(squares[number]);
        square.add_product::<FUSED>(size, size);
        squares[number] = square.array();
        sizes[number] = size.array();
    }
    // Without the detour through memory the compiler arranges the loop for what follows it, four
    // times slower.
    black_box(partial).sums(before)
}

/// max |e|/|y| over the elements of a block of [`BLOCK`] finite ones with y ≠ 0.
#[inline(always)]
pub fn largest_ratio<T: Wide, const NOISE: bool>(pair: &Pair<T, NOISE>) -> f64 {
    let (groups, mut largest) = (Groups::new(pair), Lanes::default());
    for number in 0..GROUPS {
        let group = groups.read::<NOISE>(number);
        let (size, scale) = (group.error.abs().array(), group.expected.abs().array());
        let ratio = |lane| {
            if scale[lane] == 0.0 {
                0.0
            } else {
                size[lane] / scale[lane]
            }
        };
        largest.keep_max(Lanes::new(ratio));
    }
    largest.largest()
}
