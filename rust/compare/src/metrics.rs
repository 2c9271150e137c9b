//! The metrics of one pair of tensors, and the formulas that derive them from the sums.

use pyo3::pyclass;

use crate::total::Total;

/// The metrics of one pair of tensors. a is the port's value, y = expected − noise the exact
/// expectation, and e = (a − expected) + noise the error. Sums are float64 and run over the n
/// compared elements, those that are finite on every side; with n = 0 every metric is 0.
#[pyclass(frozen, module = "workbench.compare._kernel")]
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Metrics {
    /// Elements of the tensor.
    #[pyo3(get)]
    pub count: usize,
    /// n, the elements that are finite on every side: those that every sum below is about.
    #[pyo3(get)]
    pub compared: usize,
    /// max |e|
    #[pyo3(get)]
    pub max_abs: f64,
    /// Σ |e| / n
    #[pyo3(get)]
    pub mean_abs: f64,
    /// √(Σ e² / n)
    #[pyo3(get)]
    pub rms: f64,
    /// Σ e / n: above zero where the port is too large.
    #[pyo3(get)]
    pub bias: f64,
    /// √(Σ y² / n)
    #[pyo3(get)]
    pub expected_rms: f64,
    /// max |y|
    #[pyo3(get)]
    pub expected_max: f64,
    /// √(Σ (y − mean y)² / n), the population's standard deviation
    #[pyo3(get)]
    pub expected_std: f64,
    /// √(Σ a² / n)
    #[pyo3(get)]
    pub actual_rms: f64,
    /// √(Σ (a − mean a)² / n)
    #[pyo3(get)]
    pub actual_std: f64,
    /// max |e| / max |y|; where y is zero throughout, 0 if e is too and infinite otherwise.
    #[pyo3(get)]
    pub relative_to_max: f64,
    /// Σ ay / √(Σ a² · Σ y²), within ±1; where one side is zero throughout 0, where both are 1.
    #[pyo3(get)]
    pub cosine: f64,
    /// 10 log₁₀(Σ y² / Σ e²) in dB; infinite where e is zero throughout, else minus infinite where
    /// y is.
    #[pyo3(get)]
    pub snr_db: f64,
    /// NaN in actual.
    #[pyo3(get)]
    pub nan_actual: u64,
    /// NaN in expected.
    #[pyo3(get)]
    pub nan_expected: u64,
    /// Infinities of either sign in actual.
    #[pyo3(get)]
    pub inf_actual: u64,
    /// Infinities of either sign in expected.
    #[pyo3(get)]
    pub inf_expected: u64,
    /// Elements where one side is finite, NaN, +∞ or −∞ and the other is something else.
    #[pyo3(get)]
    pub nonfinite_mismatch: u64,
    /// Flat index of the first element of actual that is not finite.
    #[pyo3(get)]
    pub first_nonfinite: Option<usize>,
    /// Index per axis of the first element with |e| = max |e|; none where nothing was compared.
    pub worst_index: Option<Vec<usize>>,
    /// a at the worst index.
    #[pyo3(get)]
    pub worst_actual: f64,
    /// y at the worst index.
    #[pyo3(get)]
    pub worst_expected: f64,
    /// Elements where actual and expected, without the noise, are not equal; −0 equals 0, and NaN
    /// equals NaN.
    #[pyo3(get)]
    pub differing: u64,
    /// Compared elements with e = 0.
    #[pyo3(get)]
    pub zeros: u64,
    /// How many errors have ⌊log₂ |e|⌋ = −60, −59, …, 20; smaller and larger ones are in the first
    /// and the last of these 81 bins, exact zeros in none.
    #[pyo3(get)]
    pub exponent_histogram: Vec<u64>,
    /// √(Σ e² / n) at every index of every axis, n and the sum over the compared elements at that
    /// index; 0 where there are none. An axis longer than 64 has 64 bins, index j of length L in
    /// bin ⌊64 j / L⌋.
    #[pyo3(get)]
    pub profile: Vec<Vec<f64>>,
    /// The tolerances that would pass: atol alone, max |e|; and rtol alone, max |e|/|y| over y ≠ 0.
    #[pyo3(get)]
    pub min_tolerance: (f64, f64),
}

impl Metrics {
    /// Derives the metrics from the sums over a tensor of this shape.
    pub(crate) fn derive(total: &Total, shape: &[usize]) -> Self {
        let sums = &total.sums;
        let n = sums.compared.max(1) as f64;
        let worst = total.worst.as_ref();
        Self {
            count: shape.iter().product(),
            compared: sums.compared,
            max_abs: sums.error_max,
            mean_abs: sums.absolute / n,
            rms: (sums.square / n).sqrt(),
            bias: sums.error / n,
            expected_rms: (total.expected_energy / n).sqrt(),
            expected_max: sums.expected_max,
            expected_std: (sums.expected_moment / n).sqrt(),
            actual_rms: (total.actual_energy / n).sqrt(),
            actual_std: (sums.actual_moment / n).sqrt(),
            relative_to_max: ratio(sums.error_max, sums.expected_max),
            cosine: cosine(total),
            snr_db: snr_db(total),
            nan_actual: total.nonfinite.nan_actual,
            nan_expected: total.nonfinite.nan_expected,
            inf_actual: total.nonfinite.inf_actual,
            inf_expected: total.nonfinite.inf_expected,
            nonfinite_mismatch: total.nonfinite.mismatch,
            first_nonfinite: total.nonfinite.first,
            worst_index: worst.map(|worst| unravel(worst.index, shape)),
            worst_actual: worst.map_or(0.0, |worst| worst.values.actual),
            worst_expected: worst.map_or(0.0, |worst| worst.values.expected),
            differing: sums.differing,
            min_tolerance: (sums.error_max, total.ratio),
            ..Self::default()
        }
    }

    /// √(Σ e² / Σ y²); where y is zero throughout, 0 if e is too and infinite otherwise.
    pub(crate) fn relative(&self) -> f64 {
        ratio(self.rms, self.expected_rms)
    }
}

fn ratio(error: f64, size: f64) -> f64 {
    if error == 0.0 { 0.0 } else { error / size }
}

fn cosine(total: &Total) -> f64 {
    let (actual, expected) = (total.actual_energy.sqrt(), total.expected_energy.sqrt());
    match (total.sums.compared, actual == 0.0, expected == 0.0) {
        (0, _, _) => 0.0,
        (_, true, true) => 1.0,
        (_, true, _) | (_, _, true) => 0.0,
        _ => (total.product / actual / expected).clamp(-1.0, 1.0),
    }
}

fn snr_db(total: &Total) -> f64 {
    match (total.sums.compared, total.sums.square == 0.0) {
        (0, _) => 0.0,
        (_, true) => f64::INFINITY,
        _ => 10.0 * (total.expected_energy / total.sums.square).log10(),
    }
}

/// The index per axis of a flat row-major index.
fn unravel(flat: usize, shape: &[usize]) -> Vec<usize> {
    let mut rest = flat;
    let mut index: Vec<_> = shape
        .iter()
        .rev()
        .map(|&length| (rest % length, rest /= length).0)
        .collect();
    index.reverse();
    index
}
