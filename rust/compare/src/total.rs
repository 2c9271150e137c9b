//! Joins the sums of the blocks into the sums of the tensor.

use crate::block::{BLOCK, Compared, Pair, Sums};
use crate::careful;
use crate::fast;
use crate::fast::Before;
use crate::lanes::max;
use crate::nonfinite::NonFinite;
use crate::wide::Wide;

/// The element with the largest error.
#[derive(Clone, Copy)]
pub struct Worst {
    /// Its flat index.
    pub index: usize,
    /// Both sides of it.
    pub values: Compared,
}

/// Sums over all blocks so far.
#[derive(Default)]
pub struct Total {
    /// Sums, maxima, means and moments.
    pub sums: Sums,
    /// Σ a²
    pub actual_energy: f64,
    /// Σ y²
    pub expected_energy: f64,
    /// Σ a·y
    pub product: f64,
    /// The first element with the largest error.
    pub worst: Option<Worst>,
    /// Elements that are not finite.
    pub nonfinite: NonFinite,
    /// max |e|/|y| over y ≠ 0
    pub ratio: f64,
    /// The means of the last block that had any.
    last: Option<(f64, f64)>,
}

impl Total {
    /// What the sums over a full block of finite elements need to know of the blocks before it.
    #[inline(always)]
    pub fn before<T: Wide, const NOISE: bool>(&self, block: &Pair<T, NOISE>) -> Before {
        let first = || (block.at(0).actual, block.at(0).expected);
        let (actual_mean, expected_mean) = self.last.unwrap_or_else(first);
        Before {
            actual_mean,
            expected_mean,
            ratio: self.ratio,
        }
    }

    /// Joins a block that starts at flat index `start`; `sizes` has |e| of each of its elements.
    #[inline(always)]
    pub fn join<T: Wide, const NOISE: bool>(
        &mut self,
        pair: &Pair<T, NOISE>,
        start: usize,
        block: &Sums,
        sizes: &[f64; BLOCK],
    ) {
        self.sums.differing += block.differing;
        if block.compared == 0 {
            return;
        }
        if self.worst.is_none() || block.error_max > self.sums.error_max {
            self.worst = worst(pair, start, block, sizes);
        }
        if block.ratio_exceeded {
            self.ratio = max(self.ratio, largest_ratio(pair, block));
        }
        self.last = Some((block.actual_mean, block.expected_mean));
        self.join_energies(block);
        self.join_moments(block);
        self.join_sums(block);
    }

    #[inline(always)]
    fn join_sums(&mut self, block: &Sums) {
        self.sums.compared += block.compared;
        self.sums.error += block.error;
        self.sums.absolute += block.absolute;
        self.sums.square += block.square;
        self.sums.error_max = max(self.sums.error_max, block.error_max);
        self.sums.expected_max = max(self.sums.expected_max, block.expected_max);
    }

    /// Σ a² = Σ (a − m)² + n m²: both terms are positive, nothing cancels.
    #[inline(always)]
    fn join_energies(&mut self, block: &Sums) {
        let n = block.compared as f64;
        self.actual_energy += block.actual_moment + n * block.actual_mean * block.actual_mean;
        self.expected_energy +=
            block.expected_moment + n * block.expected_mean * block.expected_mean;
        self.product += block.joint_moment + n * block.actual_mean * block.expected_mean;
    }

    /// The pairwise update of Chan, Golub and LeVeque (1983): with δ the difference of the two
    /// means, mean = mean₁ + δ n₂/n and M = M₁ + M₂ + δ² n₁n₂/n.
    #[inline(always)]
    fn join_moments(&mut self, block: &Sums) {
        let (before, added) = (self.sums.compared as f64, block.compared as f64);
        let share = added / (before + added);
        let actual = block.actual_mean - self.sums.actual_mean;
        let expected = block.expected_mean - self.sums.expected_mean;
        self.sums.actual_mean += actual * share;
        self.sums.expected_mean += expected * share;
        self.sums.actual_moment += block.actual_moment + actual * actual * before * share;
        self.sums.expected_moment += block.expected_moment + expected * expected * before * share;
    }
}

#[cold]
fn worst<T: Wide, const NOISE: bool>(
    pair: &Pair<T, NOISE>,
    start: usize,
    block: &Sums,
    sizes: &[f64; BLOCK],
) -> Option<Worst> {
    let largest = block.error_max;
    let found = if block.compared == BLOCK {
        let index = sizes.iter().position(|size| *size == largest);
        index.map(|index| (index, pair.at(index)))
    } else {
        pair.finite().find(|(_, one)| one.error.abs() == largest)
    };
    found.map(|(index, values)| Worst {
        index: start + index,
        values,
    })
}

/// max |e|/|y| over the compared elements with y ≠ 0.
#[inline(always)]
fn largest_ratio<T: Wide, const NOISE: bool>(pair: &Pair<T, NOISE>, block: &Sums) -> f64 {
    if block.compared == BLOCK {
        fast::largest_ratio(pair)
    } else {
        careful::largest_ratio(pair)
    }
}
