//! Sums over the inner axes: one sum per run of elements that share a bin on every outer axis.

use std::mem::take;

use crate::axis::Axis;
use crate::lanes::sum_of_squares;

/// The outer axes of a tensor, and the place that the pass has reached among them.
pub struct Runs {
    axes: Vec<Axis>,
    /// Elements per index of the last outer axis.
    row: usize,
    /// Flat index of the next element.
    position: usize,
    /// Flat index at which the current run ends.
    end: usize,
    /// The index on every axis at which the current run began.
    index: Vec<usize>,
    /// Σ v² of the current run so far.
    current: f64,
    /// Per axis, the sum over its indices before the current one: goes into the axis before once
    /// this one is through.
    carried: Vec<f64>,
    totals: Vec<Vec<f64>>,
}

impl Runs {
    /// No sums yet, at the first element. `row` is the number of elements per index of the last of
    /// `axes`.
    pub fn new(axes: &[Axis], row: usize) -> Self {
        let totals = axes.iter().map(|axis| vec![0.0; axis.bins]).collect();
        let (axes, index, carried) = (axes.to_vec(), vec![0; axes.len()], vec![0.0; axes.len()]);
        let mut runs = Self {
            axes,
            row,
            position: 0,
            end: 0,
            index,
            current: 0.0,
            carried,
            totals,
        };
        runs.enter(0);
        runs
    }

    /// Adds the squares of consecutive elements, the first one at flat index `start`; `square` is Σ
    /// v² of them all.
    #[inline(always)]
    pub fn add<const FUSED: bool>(&mut self, start: usize, values: &[f64], square: f64) {
        if start != self.position {
            self.enter(start);
        }
        if values.len() > self.end - start {
            return self.add_pieces::<FUSED>(values);
        }
        self.current += square;
        self.position += values.len();
        if self.position == self.end {
            self.next();
        }
    }

    #[inline(always)]
    fn add_pieces<const FUSED: bool>(&mut self, mut values: &[f64]) {
        while !values.is_empty() {
            let (now, later) = values.split_at(values.len().min(self.end - self.position));
            self.current += sum_of_squares::<FUSED>(now);
            self.position += now.len();
            values = later;
            if self.position == self.end {
                self.next();
            }
        }
    }

    /// Closes the current run and enters the one after it.
    fn next(&mut self) {
        let mut sum = take(&mut self.current);
        for (place, axis) in self.axes.iter().enumerate().rev() {
            let last = place + 1 == self.axes.len();
            let index = &mut self.index[place];
            let bin = axis.bin(*index);
            self.totals[place][bin] += sum;
            self.carried[place] += sum;
            *index = if last {
                axis.start(bin + 1)
            } else {
                *index + 1
            };
            if *index < axis.length {
                break;
            }
            *index = 0;
            sum = take(&mut self.carried[place]);
        }
        self.end += self.rows() * self.row;
    }

    /// Closes the current run and enters the one that holds the element at flat index `position`,
    /// in its middle.
    #[cold]
    fn enter(&mut self, position: usize) {
        self.close();
        self.position = position;
        let mut rest = position / self.row;
        for (index, axis) in self.index.iter_mut().zip(&self.axes).rev() {
            *index = rest % axis.length;
            rest /= axis.length;
        }
        self.end = position - position % self.row + self.rows() * self.row;
    }

    /// Rows from the index on the last axis to the end of its bin.
    fn rows(&self) -> usize {
        let last = self.axes.last().zip(self.index.last());
        last.map_or(1, |(axis, &index)| axis.start(axis.bin(index) + 1) - index)
    }

    /// Takes everything that is still on its way into the totals.
    fn close(&mut self) {
        let mut sum = take(&mut self.current);
        for (place, axis) in self.axes.iter().enumerate().rev() {
            self.totals[place][axis.bin(self.index[place])] += sum;
            sum += take(&mut self.carried[place]);
        }
    }

    /// For every outer axis, the sum in each of its bins.
    pub fn finish(mut self) -> Vec<Vec<f64>> {
        self.close();
        self.totals
    }
}
