//! The profile of each axis: the error at every index of the axis, over all other axes.

use crate::axis::Axis;
use crate::block::BLOCK;
use crate::runs::Runs;
use crate::tile::Tile;

/// The most positions that the inner axes may have together to be summed position by position.
/// Small enough for the sums to stay close to the CPU, large enough that what remains comes in long
/// runs.
const TILE: usize = 16384;

/// Σ v² per axis and bin, gathered in one sweep over the elements: for the inner axes position by
/// position, for the outer ones run by run.
struct AxisSums {
    tile: Tile,
    runs: Runs,
}

impl AxisSums {
    fn new(axes: &[Axis]) -> Self {
        let mut positions = 1;
        let fits = axes.iter().rev().take_while(|axis| {
            positions *= axis.length;
            positions <= TILE
        });
        let (outer, inner) = axes.split_at(axes.len() - fits.count());
        let row = inner.iter().map(|axis| axis.length).product();
        Self {
            tile: Tile::new(inner),
            runs: Runs::new(outer, row),
        }
    }

    /// Adds consecutive elements, the first one at flat index `start`, one by one.
    fn add(&mut self, start: usize, values: &[f64]) {
        let mut square = 0.0;
        for (slot, value) in self.tile.slots(start).iter_mut().zip(values) {
            *slot += value * value;
            square += value * value;
        }
        self.runs.add::<false>(start, values, square);
    }

    fn finish(self) -> Vec<Vec<f64>> {
        let mut sums = self.runs.finish();
        sums.extend(self.tile.finish());
        sums
    }
}

/// Gathers e² and the number of excluded elements per axis and bin.
pub struct Profile {
    axes: Vec<Axis>,
    elements: usize,
    errors: AxisSums,
    excluded: Option<AxisSums>,
}

impl Profile {
    /// Nothing gathered yet for a tensor of this shape, in which no axis may be empty.
    pub fn new(shape: &[usize]) -> Self {
        let axes: Vec<_> = shape.iter().map(|&length| Axis::new(length)).collect();
        let errors = AxisSums::new(&axes);
        Self {
            axes,
            elements: shape.iter().product(),
            errors,
            excluded: None,
        }
    }

    /// Where to add the squares of a full block whose first element is at flat index `start`,
    /// before [`Profile::add_block`].
    #[inline(always)]
    pub fn slots(&mut self, start: usize) -> &mut [f64; BLOCK] {
        self.errors.tile.slots(start)
    }

    /// Adds a full block of |e|; `square` is Σ e².
    #[inline(always)]
    pub fn add_block<const FUSED: bool>(
        &mut self,
        start: usize,
        sizes: &[f64; BLOCK],
        square: f64,
    ) {
        self.errors.runs.add::<FUSED>(start, sizes, square);
    }

    /// Adds |e| of consecutive elements, zero for the excluded ones, and a one for each that is
    /// excluded.
    pub fn add_some(&mut self, start: usize, sizes: &[f64], excluded: &[f64]) {
        self.errors.add(start, sizes);
        if excluded.iter().any(|&one| one != 0.0) {
            let sums = self
                .excluded
                .get_or_insert_with(|| AxisSums::new(&self.axes));
            sums.add(start, excluded);
        }
    }

    /// √(Σ e² / n) per axis and bin, n counting the compared elements of the bin; zero where there
    /// are none.
    pub fn finish(self) -> Vec<Vec<f64>> {
        let mut profile = self.errors.finish();
        let excluded = self.excluded.map(AxisSums::finish);
        for (place, (axis, values)) in self.axes.iter().zip(&mut profile).enumerate() {
            for (bin, value) in values.iter_mut().enumerate() {
                let all = self.elements / axis.length * axis.range(bin).len();
                let compared = all as f64 - excluded.as_ref().map_or(0.0, |sums| sums[place][bin]);
                *value = if compared > 0.0 {
                    (*value / compared).sqrt()
                } else {
                    0.0
                };
            }
        }
        profile
    }
}
