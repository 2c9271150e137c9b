//! Sums over the outer axes: one sum per position inside the inner axes.

use crate::axis::Axis;
use crate::block::BLOCK;
use crate::lanes::sum;

/// Bytes per line of the cache: a store across two of them takes twice as long.
const LINE: usize = 64;

/// The inner axes of a tensor, small enough to have one sum per position.
pub struct Tile {
    axes: Vec<Axis>,
    /// Positions inside the inner axes.
    positions: usize,
    /// Sums, in as many slots as a block needs that begins at the last position: slot `s` belongs
    /// to position `s % positions`, so that a block never has to be cut.
    sums: Vec<f64>,
    /// Where in `sums` the slots begin: at a line of the cache.
    first: usize,
}

impl Tile {
    /// A tile of zeros.
    pub fn new(axes: &[Axis]) -> Self {
        let positions = axes.iter().map(|axis| axis.length).product();
        let spare = LINE / size_of::<f64>();
        let sums = vec![0.0; spare + positions + BLOCK];
        let first = sums.as_ptr().align_offset(LINE).min(spare);
        Self {
            axes: axes.to_vec(),
            positions,
            sums,
            first,
        }
    }

    /// The slots of a block whose first element is at flat index `start`.
    #[inline(always)]
    pub fn slots(&mut self, start: usize) -> &mut [f64; BLOCK] {
        let slots = self.sums[self.first + start % self.positions..].first_chunk_mut();
        slots.expect("the last position is followed by the slots of a block")
    }

    /// For every inner axis, the sum in each of its bins.
    pub fn finish(&self) -> Vec<Vec<f64>> {
        let (first, repeats) = self.sums[self.first..].split_at(self.positions);
        let mut sums = first.to_vec();
        for repeat in repeats.chunks(self.positions) {
            sums.iter_mut()
                .zip(repeat)
                .for_each(|(sum, more)| *sum += more);
        }
        let mut totals = Vec::new();
        for &axis in self.axes.iter().rev() {
            totals.push(along(axis, &sums));
            sums = sums.chunks(axis.length).map(sum).collect();
        }
        totals.reverse();
        totals
    }
}

/// The sum in each bin of the last axis.
fn along(axis: Axis, sums: &[f64]) -> Vec<f64> {
    let mut columns = vec![0.0; axis.length];
    for row in sums.chunks(axis.length) {
        columns
            .iter_mut()
            .zip(row)
            .for_each(|(column, value)| *column += value);
    }
    (0..axis.bins)
        .map(|bin| sum(&columns[axis.range(bin)]))
        .collect()
}
