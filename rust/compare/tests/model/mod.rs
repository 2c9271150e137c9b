//! The metrics by their definitions, element by element in plain float64: what the kernel must
//! agree with.

use _kernel::{Dtype, MAX_BINS, Metrics};

/// One side of a tensor: its values in float64, and as integers where it has integers.
#[derive(Clone, Debug)]
pub struct Side {
    pub values: Vec<f64>,
    pub integers: Option<Vec<i64>>,
}

/// Reads a side's bytes.
pub fn side(bytes: &[u8], dtype: Dtype) -> Side {
    let raw = bytes.chunks_exact(dtype.size());
    let integer = |raw: &[u8]| match dtype {
        Dtype::U8 => Some(i64::from(raw[0])),
        Dtype::U32 => Some(u32::from_le_bytes(raw.try_into().unwrap()).into()),
        Dtype::I16 => Some(i16::from_le_bytes(raw.try_into().unwrap()).into()),
        Dtype::I32 => Some(i32::from_le_bytes(raw.try_into().unwrap()).into()),
        Dtype::I64 => Some(i64::from_le_bytes(raw.try_into().unwrap())),
        _ => None,
    };
    let float = |raw: &[u8]| match dtype {
        Dtype::F32 => f32::from_le_bytes(raw.try_into().unwrap()).into(),
        Dtype::F64 => f64::from_le_bytes(raw.try_into().unwrap()),
        Dtype::F16 => half::f16::from_le_bytes(raw.try_into().unwrap()).to_f64(),
        Dtype::Bf16 => half::bf16::from_le_bytes(raw.try_into().unwrap()).to_f64(),
        _ => integer(raw).unwrap() as f64,
    };
    let integers = raw.clone().map(integer).collect();
    let values = raw.map(float).collect();
    Side { values, integers }
}

fn kind(value: f64) -> u8 {
    match value {
        f64::INFINITY => 1,
        f64::NEG_INFINITY => 2,
        _ => 3 * u8::from(value.is_nan()),
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn rms(values: &[f64]) -> f64 {
    mean(&values.iter().map(|value| value * value).collect::<Vec<_>>()).sqrt()
}

fn std(values: &[f64]) -> f64 {
    let mean = mean(values);
    rms(&values.iter().map(|value| value - mean).collect::<Vec<_>>())
}

fn max(values: impl Iterator<Item = f64>) -> f64 {
    values.fold(0.0, f64::max)
}

fn unravel(mut flat: usize, shape: &[usize]) -> Vec<usize> {
    let mut index = vec![0; shape.len()];
    for axis in (0..shape.len()).rev() {
        index[axis] = flat % shape[axis];
        flat /= shape[axis];
    }
    index
}

fn histogram(errors: &[f64]) -> Vec<u64> {
    let mut counts = vec![0; 81];
    for size in errors
        .iter()
        .map(|error| error.abs())
        .filter(|&size| size > 0.0)
    {
        let exponents = -59..=20_i32;
        let bin = exponents
            .filter(|&exponent| size >= f64::powi(2.0, exponent))
            .count();
        counts[bin] += 1;
    }
    counts
}

/// e² and the count of compared elements per axis and bin.
fn profile(errors: &[Option<f64>], shape: &[usize]) -> Vec<Vec<f64>> {
    let mut sums: Vec<_> = shape
        .iter()
        .map(|&length| vec![(0.0, 0.0); length.min(MAX_BINS)])
        .collect();
    for (flat, error) in errors.iter().enumerate() {
        for (axis, index) in unravel(flat, shape).into_iter().enumerate() {
            let bin = if shape[axis] > MAX_BINS {
                index * MAX_BINS / shape[axis]
            } else {
                index
            };
            if let Some(error) = error {
                sums[axis][bin].0 += error * error;
                sums[axis][bin].1 += 1.0;
            }
        }
    }
    let root = |(square, n): (f64, f64)| if n > 0.0 { (square / n).sqrt() } else { 0.0 };
    sums.into_iter()
        .map(|axis| axis.into_iter().map(root).collect())
        .collect()
}

/// Every metric by its definition.
pub fn metrics(actual: &Side, expected: &Side, noise: Option<&[f32]>, shape: &[usize]) -> Metrics {
    let count: usize = shape.iter().product();
    let noise: Vec<f64> = (0..count)
        .map(|i| noise.map_or(0.0, |noise| noise[i].into()))
        .collect();
    let exact: Vec<f64> = (0..count).map(|i| expected.values[i] - noise[i]).collect();
    let difference = |i: usize| match (&actual.integers, &expected.integers) {
        (Some(actual), Some(expected)) => (i128::from(actual[i]) - i128::from(expected[i])) as f64,
        _ => actual.values[i] - expected.values[i],
    };
    let compared: Vec<usize> = (0..count)
        .filter(|&i| actual.values[i].is_finite() && exact[i].is_finite())
        .collect();
    let errors: Vec<f64> = compared.iter().map(|&i| difference(i) + noise[i]).collect();
    let a: Vec<f64> = compared.iter().map(|&i| actual.values[i]).collect();
    let y: Vec<f64> = compared.iter().map(|&i| exact[i]).collect();
    let mut places = vec![None; count];
    compared
        .iter()
        .zip(&errors)
        .for_each(|(&i, &error)| places[i] = Some(error));
    let of =
        |values: &[f64], what: fn(f64) -> bool| values.iter().filter(|&&v| what(v)).count() as u64;
    let unequal = |i: &usize| {
        let kinds = (kind(actual.values[*i]), kind(expected.values[*i]));
        kinds.0 != kinds.1 || (kinds.0 == 0 && difference(*i) != 0.0)
    };
    let mut metrics = Metrics {
        count,
        compared: compared.len(),
        nan_actual: of(&actual.values, f64::is_nan),
        nan_expected: of(&expected.values, f64::is_nan),
        inf_actual: of(&actual.values, f64::is_infinite),
        inf_expected: of(&expected.values, f64::is_infinite),
        nonfinite_mismatch: (0..count)
            .filter(|&i| kind(actual.values[i]) != kind(expected.values[i]))
            .count() as u64,
        first_nonfinite: actual.values.iter().position(|value| !value.is_finite()),
        differing: (0..count).filter(unequal).count() as u64,
        exponent_histogram: histogram(&errors),
        profile: profile(&places, shape),
        ..Metrics::default()
    };
    if compared.is_empty() {
        return metrics;
    }
    metrics.max_abs = max(errors.iter().map(|error| error.abs()));
    let worst = errors
        .iter()
        .position(|error| error.abs() == metrics.max_abs)
        .unwrap();
    let ratios = errors
        .iter()
        .zip(&y)
        .filter(|(_, y)| **y != 0.0)
        .map(|(e, y)| e.abs() / y.abs());
    metrics.mean_abs = mean(&errors.iter().map(|error| error.abs()).collect::<Vec<_>>());
    metrics.rms = rms(&errors);
    metrics.bias = mean(&errors);
    metrics.expected_rms = rms(&y);
    metrics.expected_max = max(y.iter().map(|y| y.abs()));
    metrics.expected_std = std(&y);
    metrics.actual_rms = rms(&a);
    metrics.actual_std = std(&a);
    metrics.relative_to_max = match metrics.max_abs {
        0.0 => 0.0,
        max_abs => max_abs / metrics.expected_max,
    };
    let energies = (metrics.actual_rms, metrics.expected_rms);
    let product = mean(&a.iter().zip(&y).map(|(a, y)| a * y).collect::<Vec<_>>());
    metrics.cosine = match energies {
        (0.0, 0.0) => 1.0,
        (0.0, _) | (_, 0.0) => 0.0,
        (actual, expected) => product / actual / expected,
    };
    metrics.snr_db = match metrics.rms {
        0.0 => f64::INFINITY,
        rms => 20.0 * (metrics.expected_rms / rms).log10(),
    };
    metrics.worst_index = Some(unravel(compared[worst], shape));
    metrics.worst_actual = a[worst];
    metrics.worst_expected = y[worst];
    metrics.zeros = of(&errors, |error| error == 0.0);
    metrics.min_tolerance = (metrics.max_abs, max(ratios));
    metrics
}

fn near(name: &str, got: f64, wanted: f64, slack: f64) {
    let same = got == wanted || (got - wanted).abs() <= slack;
    assert!(same, "{name}: {got:e}, not {wanted:e} ± {slack:e}");
}

/// Asserts that two sets of metrics agree: exactly where the kernel promises it, else to the
/// rounding of float64 sums.
pub fn agree(got: &Metrics, wanted: &Metrics) {
    let sums = |metrics: &Metrics| Metrics {
        mean_abs: 0.0,
        rms: 0.0,
        bias: 0.0,
        expected_rms: 0.0,
        expected_std: 0.0,
        actual_rms: 0.0,
        actual_std: 0.0,
        cosine: 0.0,
        snr_db: 0.0,
        profile: Vec::new(),
        min_tolerance: (metrics.min_tolerance.0, 0.0),
        ..metrics.clone()
    };
    assert_eq!(sums(got), sums(wanted));
    let relative = |name, got, wanted: f64| near(name, got, wanted, 1e-11 * wanted);
    relative("mean_abs", got.mean_abs, wanted.mean_abs);
    relative("rms", got.rms, wanted.rms);
    near("bias", got.bias, wanted.bias, 1e-11 * wanted.mean_abs);
    relative("expected_rms", got.expected_rms, wanted.expected_rms);
    relative("actual_rms", got.actual_rms, wanted.actual_rms);
    let slack = |std: f64, rms: f64| 1e-10 * std + 1e-14 * rms;
    near(
        "expected_std",
        got.expected_std,
        wanted.expected_std,
        slack(wanted.expected_std, wanted.expected_rms),
    );
    near(
        "actual_std",
        got.actual_std,
        wanted.actual_std,
        slack(wanted.actual_std, wanted.actual_rms),
    );
    near("cosine", got.cosine, wanted.cosine, 1e-11);
    near("snr_db", got.snr_db, wanted.snr_db, 1e-9);
    relative("rtol", got.min_tolerance.1, wanted.min_tolerance.1);
    assert_eq!(got.profile.len(), wanted.profile.len());
    for (got, wanted) in got.profile.iter().zip(&wanted.profile) {
        assert_eq!(got.len(), wanted.len());
        for (&got, &wanted) in got.iter().zip(wanted) {
            relative("profile", got, wanted);
        }
    }
}
