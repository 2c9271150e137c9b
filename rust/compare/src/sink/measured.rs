//! One tensor of the port against the reference, in the form that is sent.

use crate::dispatch::compare;
use crate::dtype::Dtype;
use crate::histogram::LOWEST_EXPONENT;
use crate::input::Input;
use crate::metrics::Metrics;
use crate::sink::convert::convert;
use crate::sink::element::Element;
use crate::sink::expected::Expected;
use crate::sink::message::{Measured, bounded};

/// Elements on each side of the worst one that are shown.
const AROUND: usize = 2;

/// Compares the port's elements with what they were found comparable with.
///
/// # Errors
/// A sentence where the reference's own sizes do not fit together.
pub fn measure(content: &[u8], element: Element, expected: &Expected) -> Result<Measured, String> {
    let (common, dtype) = element.common(expected.element);
    let actual = convert(content, element, common);
    let reference = convert(expected.reference.as_ref(), expected.element, common);
    let noise = expected.noise.as_ref().map(AsRef::as_ref);
    let input = Input::new(&actual, &reference, noise, dtype, &expected.shape)?;
    Ok(told(compare(&input), &input))
}

fn told(metrics: Metrics, input: &Input<'_>) -> Measured {
    let neighbours = neighbours(input, metrics.worst_index.as_deref());
    let (histogram_start, histogram) = trimmed(&metrics.exponent_histogram);
    let (atol, rtol) = metrics.min_tolerance;
    let bound = |axis: Vec<f64>| axis.into_iter().map(bounded).collect();
    Measured {
        rms: bounded(metrics.rms),
        max_abs: bounded(metrics.max_abs),
        relative: bounded(metrics.relative()),
        bias: bounded(metrics.bias),
        cosine: bounded(metrics.cosine),
        snr_db: bounded(metrics.snr_db),
        atol: bounded(atol),
        rtol: bounded(rtol),
        count: metrics.count,
        differing: metrics.differing,
        zeros: metrics.zeros,
        nonfinite: metrics.nonfinite_mismatch,
        nan: metrics.nan_actual,
        inf: metrics.inf_actual,
        worst_index: metrics.worst_index.unwrap_or_default(),
        worst_actual: metrics.worst_actual,
        worst_expected: metrics.worst_expected,
        neighbours,
        histogram_start,
        histogram,
        profile: metrics.profile.into_iter().map(bound).collect(),
    }
}

/// What lies around the worst element along the last axis: index, the port's value, the exact
/// expectation. Elements that are not finite are left out.
fn neighbours(input: &Input<'_>, worst: Option<&[usize]>) -> Vec<(usize, f64, f64)> {
    let Some((&last, outer)) = worst.and_then(<[usize]>::split_last) else {
        return Vec::new();
    };
    let length = input.shape[outer.len()];
    let rows = outer.iter().zip(input.shape);
    let row = length * rows.fold(0, |flat, (index, length)| flat * length + index);
    let range = last.saturating_sub(AROUND)..length.min(last + AROUND + 1);
    let pair = |index| {
        let at = row + index;
        let noise = input
            .noise
            .map_or(0.0, |noise| value(noise, Dtype::F32, at));
        let expected = value(input.expected, input.dtype, at) - noise;
        (index, value(input.actual, input.dtype, at), expected)
    };
    let finite =
        |&(_, actual, expected): &(usize, f64, f64)| actual.is_finite() && expected.is_finite();
    range.map(pair).filter(finite).collect()
}

/// One element.
fn value(bytes: &[u8], dtype: Dtype, index: usize) -> f64 {
    let element = &bytes[index * dtype.size()..][..dtype.size()];
    dtype.read(element)
}

/// The exponent of the first bin that holds something, and the bins from there to the last such.
fn trimmed(histogram: &[u64]) -> (i64, Vec<u64>) {
    let filled = |count: &u64| *count > 0;
    let (Some(first), Some(last)) = (
        histogram.iter().position(filled),
        histogram.iter().rposition(filled),
    ) else {
        return (0, Vec::new());
    };
    let start = i64::from(LOWEST_EXPONENT) + first as i64;
    (start, histogram[first..=last].to_vec())
}
