//! From one element type to another of its class.

use std::borrow::Cow;

use crate::half::{Bf16, F16};
use crate::sink::element::Element;

/// Elements in another type of their class, floats rounded to the nearest even, integers cut to
/// their lowest bits; borrowed where nothing changes.
///
/// # Panics
/// If one is a float type and the other is none.
pub fn convert(elements: &[u8], from: Element, to: Element) -> Cow<'_, [u8]> {
    assert_eq!(from.is_float(), to.is_float(), "a class of its own");
    if from == to {
        return Cow::Borrowed(elements);
    }
    Cow::Owned(match from {
        Element::F64 => narrow(elements, to),
        Element::F32 => single(elements, f32::from_le_bytes, to),
        Element::F16 => single(elements, |raw| F16::from_le_bytes(raw).to_f32(), to),
        Element::Bf16 => single(elements, |raw| Bf16::from_le_bytes(raw).to_f32(), to),
        Element::Bool | Element::U8 => cut(elements, |[byte]: [u8; 1]| byte.into(), to),
        Element::I8 => cut(elements, |raw| i8::from_le_bytes(raw).into(), to),
        Element::U16 => cut(elements, |raw| u16::from_le_bytes(raw).into(), to),
        Element::I16 => cut(elements, |raw| i16::from_le_bytes(raw).into(), to),
        Element::U32 => cut(elements, |raw| u32::from_le_bytes(raw).into(), to),
        Element::I32 => cut(elements, |raw| i32::from_le_bytes(raw).into(), to),
        Element::U64 | Element::I64 => cut(elements, i64::from_le_bytes, to),
    })
}

/// Reads each element and writes what becomes of it.
fn each<const N: usize, const M: usize>(raw: &[u8], turn: impl Fn([u8; N]) -> [u8; M]) -> Vec<u8> {
    let elements = raw.as_chunks().0;
    let turned: Vec<[u8; M]> = elements.iter().map(|raw| turn(*raw)).collect();
    turned.into_flattened()
}

fn narrow(elements: &[u8], to: Element) -> Vec<u8> {
    let read = f64::from_le_bytes;
    match to {
        Element::F16 => each(elements, |raw| {
            half::f16::from_f32(to_odd(read(raw))).to_le_bytes()
        }),
        Element::Bf16 => each(elements, |raw| bf16(read(raw) as f32)),
        _ => each(elements, |raw| (read(raw) as f32).to_le_bytes()),
    }
}

fn single<const N: usize>(elements: &[u8], read: impl Fn([u8; N]) -> f32, to: Element) -> Vec<u8> {
    match to {
        Element::F64 => each(elements, |raw| f64::from(read(raw)).to_le_bytes()),
        Element::F16 => each(elements, |raw| half::f16::from_f32(read(raw)).to_le_bytes()),
        Element::Bf16 => each(elements, |raw| bf16(read(raw))),
        _ => each(elements, |raw| read(raw).to_le_bytes()),
    }
}

/// Towards zero, and to an odd last bit where something is lost: rounding the result once more, to
/// two bits less or even fewer, is then the same as rounding `value` once.
fn to_odd(value: f64) -> f32 {
    let near = value as f32;
    if value.is_nan() || f64::from(near) == value {
        return near;
    }
    let away = f64::from(near).abs() > value.abs();
    f32::from_bits((near.to_bits() - u32::from(away)) | 1)
}

fn bf16(value: f32) -> [u8; 2] {
    if value.is_nan() {
        return 0x7fc0_u16.to_le_bytes();
    }
    let bits = value.to_bits();
    (((bits + 0x7fff + (bits >> 16 & 1)) >> 16) as u16).to_le_bytes()
}

fn cut<const N: usize>(elements: &[u8], read: impl Fn([u8; N]) -> i64, to: Element) -> Vec<u8> {
    match to {
        Element::Bool => each(elements, |raw| [u8::from(read(raw) != 0)]),
        Element::U8 | Element::I8 => each(elements, |raw| (read(raw) as i8).to_le_bytes()),
        Element::U16 | Element::I16 => each(elements, |raw| (read(raw) as i16).to_le_bytes()),
        Element::U32 | Element::I32 => each(elements, |raw| (read(raw) as i32).to_le_bytes()),
        _ => each(elements, |raw| read(raw).to_le_bytes()),
    }
}
