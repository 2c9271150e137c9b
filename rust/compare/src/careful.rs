//! Any block, element by element: the last, shorter one, and those with NaN or infinities.

use crate::block::{BLOCK, Pair, Sums};
use crate::lanes::max;
use crate::nonfinite::{Kind, NonFinite};
use crate::wide::Wide;

/// Sums over the finite elements of a block that starts at flat index `start`. Puts |e| of each
/// element into `sizes`, zero for one that is excluded, and a one for each that is into `excluded`.
#[inline(never)]
pub fn sums<T: Wide, const NOISE: bool>(
    pair: &Pair<T, NOISE>,
    start: usize,
    sizes: &mut [f64; BLOCK],
    excluded: &mut [f64; BLOCK],
    nonfinite: &mut NonFinite,
) -> Sums {
    let mut sums = Sums {
        ratio_exceeded: true,
        ..Sums::default()
    };
    for index in 0..pair.actual.len() {
        let expected = Kind::of(T::read(pair.expected[index]).widen());
        let actual = Kind::of(T::read(pair.actual[index]).widen());
        nonfinite.count(start + index, actual, expected);
        let alike = actual == expected && actual != Kind::Finite;
        sums.differing += u64::from(!alike && pair.at(index).difference != 0.0);
        (sizes[index], excluded[index]) = (0.0, 1.0);
    }
    for (index, one) in pair.finite() {
        (sizes[index], excluded[index]) = (one.error.abs(), 0.0);
        sums.compared += 1;
        sums.error += one.error;
        sums.absolute += sizes[index];
        sums.square += one.error * one.error;
        sums.error_max = max(sums.error_max, sizes[index]);
        sums.expected_max = max(sums.expected_max, one.expected.abs());
        sums.actual_mean += one.actual;
        sums.expected_mean += one.expected;
    }
    sums.actual_mean /= sums.compared.max(1) as f64;
    sums.expected_mean /= sums.compared.max(1) as f64;
    moments(pair, &mut sums);
    sums
}

/// The moments about the means.
fn moments<T: Wide, const NOISE: bool>(pair: &Pair<T, NOISE>, sums: &mut Sums) {
    for (_, one) in pair.finite() {
        let actual = one.actual - sums.actual_mean;
        let expected = one.expected - sums.expected_mean;
        sums.actual_moment += actual * actual;
        sums.expected_moment += expected * expected;
        sums.joint_moment += actual * expected;
    }
}

/// max |e|/|y| over the finite elements of a block with y ≠ 0.
#[inline(never)]
pub fn largest_ratio<T: Wide, const NOISE: bool>(pair: &Pair<T, NOISE>) -> f64 {
    let nonzero = pair.finite().filter(|(_, one)| one.expected != 0.0);
    nonzero.fold(0.0, |largest, (_, one)| {
        max(largest, one.error.abs() / one.expected.abs())
    })
}
