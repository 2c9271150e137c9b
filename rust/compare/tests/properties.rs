//! The kernel agrees with the model on any tensor.

mod model;

use _kernel::{Dtype, Input, Level, compare_at};
use proptest::prelude::*;
use proptest::sample::{Index, select};

/// A tensor pair to be compared.
#[derive(Clone, Debug)]
struct Case {
    dtype: Dtype,
    shape: Vec<usize>,
    actual: Vec<u8>,
    expected: Vec<u8>,
    noise: Option<Vec<f32>>,
}

/// More elements than the kernel sums position by position.
const LARGE: [&[usize]; 6] = [
    &[3, 17000],
    &[600, 40],
    &[2, 9, 2100],
    &[700, 27, 2],
    &[40000],
    &[5, 5, 5, 5, 41],
];

/// Shapes of rank 0 to 5: blocks, tiles and runs of every relation to each other.
fn shapes() -> impl Strategy<Value = Vec<usize>> {
    let small = |rank| prop::collection::vec(0..7_usize, rank);
    let long = prop_oneof![
        1..40_usize,
        60..70_usize,
        500..530_usize,
        1020..1030_usize,
        2000..5000_usize
    ];
    let beside = |longs| (small(0..3), longs, small(0..2)).prop_map(|(a, b, c)| [a, b, c].concat());
    prop_oneof![
        3 => small(0..6),
        5 => beside(prop::collection::vec(long, 1..2)),
        2 => select(LARGE.map(<[usize]>::to_vec).to_vec()),
    ]
}

/// The bytes of one value: a float of about `scale`, a special one, or any bits.
fn write(dtype: Dtype, value: f64) -> Vec<u8> {
    match dtype {
        Dtype::F32 => (value as f32).to_le_bytes().to_vec(),
        Dtype::F64 => value.to_le_bytes().to_vec(),
        Dtype::F16 => half::f16::from_f64(value).to_le_bytes().to_vec(),
        Dtype::Bf16 => half::bf16::from_f64(value).to_le_bytes().to_vec(),
        _ => (value as i64).to_le_bytes()[..dtype.size()].to_vec(),
    }
}

const SPECIAL: [f64; 10] = [
    0.0,
    -0.0,
    1.0,
    f64::NAN,
    f64::INFINITY,
    f64::NEG_INFINITY,
    5e-324,
    1e-40,
    6e-8,
    9.0e18,
];

/// What the values of a case are like.
#[derive(Clone, Debug)]
struct Style {
    scale: i32,
    centre: f64,
    /// log₂ of the error's size over the value's.
    closeness: i32,
    /// Of 1000 elements, how many are special.
    specials: u32,
    equal: u32,
    /// Where the special elements begin, so that some tensors are clean up to there.
    from: Index,
}

fn styles() -> impl Strategy<Value = Style> {
    let specials = prop_oneof![4 => Just(0), 3 => 1..4_u32, 2 => 1..1000_u32, 1 => Just(1000)];
    let centre = prop_oneof![3 => Just(0.0), 1 => -2.0..2.0, 1 => Just(1e5)];
    let fields = (
        -12..12,
        centre,
        -50..6,
        specials,
        0..1000_u32,
        any::<Index>(),
    );
    fields.prop_map(|(scale, centre, closeness, specials, equal, from)| Style {
        scale,
        centre,
        closeness,
        specials,
        equal,
        from,
    })
}

fn cases() -> impl Strategy<Value = Case> {
    let dtypes = select(Dtype::ALL.map(|(_, dtype)| dtype).to_vec());
    (dtypes, shapes(), styles(), any::<bool>(), any::<u64>())
        .prop_map(|(dtype, shape, style, noisy, seed)| build(dtype, shape, &style, noisy, seed))
}

fn build(dtype: Dtype, shape: Vec<usize>, style: &Style, noisy: bool, seed: u64) -> Case {
    let count: usize = shape.iter().product();
    let mut state = seed | 1;
    let mut draw = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    let unit = |drawn: u64| drawn as f64 / f64::from(1 << 30) - 1.0;
    let from = if count == 0 {
        0
    } else {
        style.from.index(count)
    };
    let mut case = Case {
        dtype,
        shape,
        actual: vec![],
        expected: vec![],
        noise: noisy.then(Vec::new),
    };
    for element in 0..count {
        let value = style.centre + unit(draw()) * f64::powi(2.0, style.scale);
        let error = unit(draw()) * f64::powi(2.0, style.scale + style.closeness);
        let mut sides = [
            if draw() % 1000 < style.equal.into() {
                value
            } else {
                value + error
            },
            value,
        ];
        for side in &mut sides {
            if element >= from && draw() % 1000 < style.specials.into() {
                *side = SPECIAL[draw() as usize % SPECIAL.len()];
            }
        }
        case.actual.extend(write(dtype, sides[0]));
        case.expected.extend(write(dtype, sides[1]));
        if let Some(noise) = &mut case.noise {
            noise.push((error * unit(draw())) as f32);
        }
    }
    case
}

fn check(case: &Case) {
    let Case {
        dtype,
        shape,
        actual,
        expected,
        noise,
    } = case;
    let bytes = noise.as_ref().map(|noise| {
        noise
            .iter()
            .flat_map(|one| one.to_le_bytes())
            .collect::<Vec<_>>()
    });
    let input = Input::new(actual, expected, bytes.as_deref(), *dtype, shape).unwrap();
    let (actual, expected) = (model::side(actual, *dtype), model::side(expected, *dtype));
    let wanted = model::metrics(&actual, &expected, noise.as_deref(), shape);
    for level in Level::available() {
        model::agree(&compare_at(level, &input), &wanted);
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 600,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_kernel_agrees_with_the_model(case in cases()) {
        check(&case);
    }
}
