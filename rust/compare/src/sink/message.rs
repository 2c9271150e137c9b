//! What is sent of one tap; the fields are those of `workbench.native.protocol`.

use serde::Serialize;

/// Instead of what is infinite or no number, which JSON has not.
const UNBOUNDED: f64 = 1e99;

/// One tensor of the port, by its reference name.
#[derive(Debug, Serialize)]
#[serde(tag = "type")]
pub struct TapCompared {
    pub run: String,
    pub order: i64,
    pub name: String,
    pub kind: String,
    pub dtype: String,
    pub shape: Vec<usize>,
    pub file: String,
    pub line: u64,
    pub first_line: u64,
    pub problem: String,
    pub measured: Option<Measured>,
}

/// The port's tensor against the float64 reference.
#[derive(Debug, Serialize)]
pub struct Measured {
    pub rms: f64,
    pub max_abs: f64,
    pub relative: f64,
    pub bias: f64,
    pub cosine: f64,
    pub snr_db: f64,
    pub atol: f64,
    pub rtol: f64,
    pub count: usize,
    pub differing: u64,
    pub zeros: u64,
    pub nonfinite: u64,
    pub nan: u64,
    pub inf: u64,
    pub worst_index: Vec<usize>,
    pub worst_actual: f64,
    pub worst_expected: f64,
    pub neighbours: Vec<(usize, f64, f64)>,
    pub histogram_start: i64,
    pub histogram: Vec<u64>,
    pub profile: Vec<Vec<f64>>,
}

/// The nearest number that may be sent; what is no number becomes the largest.
pub fn bounded(value: f64) -> f64 {
    if value.is_nan() {
        return UNBOUNDED;
    }
    value.clamp(-UNBOUNDED, UNBOUNDED)
}
