//! Element types and the ways between them.

use _kernel::sink::{Element, convert};

fn f32s(values: &[f32]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

fn u16s(bytes: &[u8]) -> Vec<u16> {
    let (pairs, _) = bytes.as_chunks();
    pairs.iter().map(|pair| u16::from_le_bytes(*pair)).collect()
}

#[test]
fn bfloat16_is_rounded_to_nearest_even() {
    let ulp = 2.0_f32.powi(-7);
    let (inf, nan) = (f32::INFINITY, f32::NAN);
    let values = [
        1.0,
        1.0 + ulp / 2.0,
        1.0 + ulp,
        1.0 + 1.5 * ulp,
        1.0 + 0.51 * ulp,
        -2.0,
        0.0,
        inf,
        -inf,
        nan,
        -nan,
        3.4e38,
    ];
    let bits = convert(&f32s(&values), Element::F32, Element::Bf16).into_owned();
    let expected = [
        0x3f80, 0x3f80, 0x3f81, 0x3f82, 0x3f81, 0xc000, 0, 0x7f80, 0xff80, 0x7fc0, 0x7fc0, 0x7f80,
    ];
    assert_eq!(u16s(&bits), expected);
    let back = convert(&bits[..12], Element::Bf16, Element::F32).into_owned();
    assert_eq!(
        back,
        f32s(&[1.0, 1.0, 1.0 + ulp, 1.0 + 2.0 * ulp, 1.0 + ulp, -2.0])
    );
}

#[test]
fn float64_is_rounded_to_float16_once() {
    // Just above the middle of two neighbours, and exactly there in float32.
    let middle = 1.0 + 2.0_f64.powi(-11);
    let around = [
        middle - 2.0_f64.powi(-40),
        middle,
        middle + 2.0_f64.powi(-40),
        -1e300,
        1e-300,
        f64::NAN,
    ];
    let raw: Vec<u8> = around
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect();
    let bits = u16s(&convert(&raw, Element::F64, Element::F16));
    assert_eq!(bits[..5], [0x3c00, 0x3c00, 0x3c01, 0xfc00, 0]);
    assert!(half::f16::from_bits(bits[5]).is_nan());
    let even = convert(
        &f32s(&[1.0 + 2.0_f32.powi(-11)]),
        Element::F32,
        Element::F16,
    )
    .into_owned();
    assert_eq!(u16s(&even), [0x3c00]);
}

#[test]
fn every_float_goes_through_its_common_type_unharmed() {
    for (_, from) in Element::ALL {
        for (_, other) in Element::ALL
            .iter()
            .filter(|(_, other)| other.is_float() == from.is_float())
        {
            let (to, direct) = from.common(*other);
            assert_eq!(
                (to.direct(), to.is_float()),
                (Some(direct), from.is_float())
            );
            let wide = if from.is_float() {
                Element::F64
            } else {
                Element::I64
            };
            let (some, kept) = small_numbers(from);
            let there = convert(&some, from, to).into_owned();
            let back = convert(&there, to, from).into_owned();
            assert_eq!(
                convert(&back, from, wide).into_owned(),
                kept,
                "{from:?} {other:?}"
            );
        }
    }
}

/// 0, 1 and 3 in this type, and what it makes of them in the widest type of its class; bool has only two numbers.
fn small_numbers(element: Element) -> (Vec<u8>, Vec<u8>) {
    if element.is_float() {
        let wide: Vec<u8> = [0.0_f64, 1.0, 3.0]
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect();
        return (convert(&wide, Element::F64, element).into_owned(), wide);
    }
    let write = |three: i64| {
        [0, 1, three]
            .iter()
            .flat_map(|value| value.to_le_bytes())
            .collect::<Vec<_>>()
    };
    let some = convert(&write(3), Element::I64, element).into_owned();
    (some, write(if element == Element::Bool { 1 } else { 3 }))
}

#[test]
fn integers_keep_their_sign_and_their_lowest_bits() {
    let minus: Vec<u8> = (-2_i64).to_le_bytes().to_vec();
    for (_, element) in Element::ALL
        .into_iter()
        .filter(|(name, _)| name.starts_with('i'))
    {
        let there = convert(&minus, Element::I64, element).into_owned();
        assert_eq!(there.len(), element.size());
        assert_eq!(convert(&there, element, Element::I64).into_owned(), minus);
    }
    let high = u64::MAX.to_le_bytes();
    assert_eq!(
        convert(&high, Element::U64, Element::I64).into_owned(),
        (-1_i64).to_le_bytes()
    );
    assert_eq!(
        convert(&high[..2], Element::U16, Element::I64).into_owned(),
        65535_i64.to_le_bytes()
    );
}
