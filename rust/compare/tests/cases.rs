//! Single cases with answers that can be read off.

use _kernel::{Dtype, Input, Metrics, compare};

fn bytes<T: Copy, const N: usize>(values: &[T], write: fn(T) -> [u8; N]) -> Vec<u8> {
    values.iter().flat_map(|&value| write(value)).collect()
}

fn of_f32(actual: &[f32], expected: &[f32], shape: &[usize]) -> Metrics {
    let (actual, expected) = (
        bytes(actual, f32::to_le_bytes),
        bytes(expected, f32::to_le_bytes),
    );
    compare(&Input::new(&actual, &expected, None, Dtype::F32, shape).unwrap())
}

fn of_i64(actual: &[i64], expected: &[i64]) -> Metrics {
    let (actual, expected) = (
        bytes(actual, i64::to_le_bytes),
        bytes(expected, i64::to_le_bytes),
    );
    compare(&Input::new(&actual, &expected, None, Dtype::I64, &[actual.len() / 8]).unwrap())
}

#[test]
fn nothing_gives_zeros() {
    let empty = of_f32(&[], &[], &[3, 0, 600]);
    let profile = vec![vec![0.0; 3], vec![], vec![0.0; 64]];
    let exponent_histogram = vec![0; 81];
    assert_eq!(
        empty,
        Metrics {
            profile,
            exponent_histogram,
            ..Metrics::default()
        }
    );
}

#[test]
fn a_scalar_has_one_element() {
    let scalar = of_f32(&[3.0], &[2.0], &[]);
    assert_eq!((scalar.count, scalar.max_abs, scalar.bias), (1, 1.0, 1.0));
    assert_eq!((scalar.worst_index, scalar.profile), (Some(vec![]), vec![]));
    assert_eq!((scalar.worst_actual, scalar.worst_expected), (3.0, 2.0));
}

#[test]
fn no_energy_has_a_cosine_and_an_snr() {
    let (zeros, ones) = (&[0.0; 700], &[1.0; 700]);
    let both = of_f32(zeros, zeros, &[700]);
    assert_eq!(
        (both.cosine, both.snr_db, both.relative_to_max),
        (1.0, f64::INFINITY, 0.0)
    );
    let dead = of_f32(zeros, ones, &[700]);
    assert_eq!(
        (dead.cosine, dead.snr_db, dead.relative_to_max),
        (0.0, 0.0, 1.0)
    );
    assert_eq!((dead.actual_rms, dead.actual_std), (0.0, 0.0));
    let unwanted = of_f32(ones, zeros, &[700]);
    assert_eq!((unwanted.cosine, unwanted.snr_db), (0.0, f64::NEG_INFINITY));
    assert_eq!(unwanted.relative_to_max, f64::INFINITY);
}

#[test]
fn a_constant_has_no_spread() {
    let constant = of_f32(&[1.1e4; 5000], &[1.1e4; 5000], &[5000]);
    assert_eq!((constant.expected_std, constant.actual_std), (0.0, 0.0));
}

#[test]
fn integers_differ_beyond_the_precision_of_float64() {
    let big = 1_i64 << 60;
    let metrics = of_i64(&[big + 1; 600], &[big; 600]);
    assert_eq!(
        (metrics.differing, metrics.max_abs, metrics.bias),
        (600, 1.0, 1.0)
    );
    let extremes = of_i64(&[i64::MIN], &[i64::MAX]);
    assert_eq!(extremes.max_abs, f64::powi(2.0, 64));
}

#[test]
fn every_f16_and_bf16_is_read() {
    let all: Vec<u8> = (0..=u16::MAX).flat_map(u16::to_le_bytes).collect();
    for (dtype, read) in [
        (
            Dtype::F16,
            (|bits| half::f16::from_bits(bits).to_f64()) as fn(u16) -> f64,
        ),
        (Dtype::Bf16, |bits| half::bf16::from_bits(bits).to_f64()),
    ] {
        for bits in (0..=u16::MAX).filter(|&bits| read(bits).is_finite()) {
            let one = &all[2 * usize::from(bits)..][..2];
            let zero = [0; 2];
            let metrics = compare(&Input::new(one, &zero, None, dtype, &[]).unwrap());
            assert_eq!(
                metrics.worst_actual.to_bits(),
                read(bits).to_bits(),
                "{dtype:?} {bits:x}"
            );
        }
    }
}

#[test]
fn sizes_must_fit() {
    let (four, eight) = ([0; 4], [0; 8]);
    for (actual, expected, noise, shape) in [
        (&four[..], &eight[..], None, &[1][..]),
        (&eight, &four, None, &[1]),
        (&four, &four, Some(&eight[..]), &[1]),
        (&four, &four, None, &[usize::MAX, 2]),
        (&four, &four, None, &[usize::MAX]),
    ] {
        assert!(Input::new(actual, expected, noise, Dtype::F32, shape).is_err());
    }
}
