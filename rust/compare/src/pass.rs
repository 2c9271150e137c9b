//! The pass: block by block through both tensors, once.

use crate::axis::Axis;
use crate::block::{BLOCK, Pair};
use crate::dtype::Source;
use crate::histogram::BINS;
use crate::input::Input;
use crate::metrics::Metrics;
use crate::state::State;
use crate::wide::Wide;

/// The whole pass for one element type, to be inlined where the CPU's features are known. `FUSED`
/// tells whether one of them is the fused multiply-add.
#[inline(always)]
pub fn pass<S: Source, const NOISE: bool, const FUSED: bool>(input: &Input<'_>) -> Metrics {
    if input.shape.contains(&0) {
        return nothing(input.shape);
    }
    let mut trusting = true;
    loop {
        if let Some(state) = sweep::<S, NOISE, FUSED>(input, trusting) {
            return state.metrics(input.shape);
        }
        trusting = false;
    }
}

/// Sweeps over all blocks. A `trusting` sweep takes it that every element is finite, saves looking
/// first, and returns `None` once the sums of a block show otherwise: squares already in the
/// profile could not be taken back.
#[inline(always)]
fn sweep<S: Source, const NOISE: bool, const FUSED: bool>(
    input: &Input<'_>,
    trusting: bool,
) -> Option<State> {
    let (actual, expected) = (S::view(input.actual), S::view(input.expected));
    let noise = input.noise.unwrap_or_default().as_chunks().0;
    let zero = || [<S::Wide as Wide>::ZERO; BLOCK];
    let (mut left, mut right, mut state) = (zero(), zero(), State::new(input.shape));
    for start in (0..actual.len()).step_by(BLOCK) {
        let range = start..actual.len().min(start + BLOCK);
        let noise = if NOISE { &noise[range.clone()] } else { noise };
        let actual = S::widen(&actual[range.clone()], &mut left);
        let expected = S::widen(&expected[range], &mut right);
        let block = Pair::<S::Wide, NOISE> {
            actual,
            expected,
            noise,
        };
        let sums = if actual.len() == BLOCK && (trusting || block.is_finite()) {
            state.full_block::<S::Wide, NOISE, FUSED>(&block, start)
        } else {
            state.any_block(&block, start)
        };
        if trusting && !(sums.actual_mean + sums.expected_mean).is_finite() {
            return None;
        }
        state.join(&block, start, &sums);
    }
    Some(state)
}

/// The metrics of a tensor without elements.
fn nothing(shape: &[usize]) -> Metrics {
    let profile = shape
        .iter()
        .map(|&length| vec![0.0; Axis::new(length).bins])
        .collect();
    Metrics {
        exponent_histogram: vec![0; BINS],
        profile,
        ..Metrics::default()
    }
}
