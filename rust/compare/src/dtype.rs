//! The dtypes that tensors may have in memory.

use std::str::FromStr;

use crate::block::BLOCK;
use crate::half::{Bf16, F16};
use crate::wide::Wide;

/// The element type of a tensor, by the names that the taps use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dtype {
    /// IEEE 754 binary32.
    F32,
    /// IEEE 754 binary64.
    F64,
    /// IEEE 754 binary16.
    F16,
    /// The upper half of a binary32.
    Bf16,
    /// Eight bits without a sign.
    U8,
    /// 32 bits without a sign.
    U32,
    /// 16 bits with a sign.
    I16,
    /// 32 bits with a sign.
    I32,
    /// 64 bits with a sign.
    I64,
}

impl Dtype {
    /// Every dtype with its name.
    pub const ALL: [(&'static str, Self); 9] = [
        ("f32", Self::F32),
        ("f64", Self::F64),
        ("f16", Self::F16),
        ("bf16", Self::Bf16),
        ("u8", Self::U8),
        ("u32", Self::U32),
        ("i16", Self::I16),
        ("i32", Self::I32),
        ("i64", Self::I64),
    ];

    /// Bytes per element.
    pub const fn size(self) -> usize {
        match self {
            Self::U8 => 1,
            Self::F16 | Self::Bf16 | Self::I16 => 2,
            Self::F32 | Self::U32 | Self::I32 => 4,
            Self::F64 | Self::I64 => 8,
        }
    }

    /// The name of the dtype, as in [`Dtype::ALL`].
    pub fn name(self) -> &'static str {
        let known = Self::ALL.iter().find(|(_, dtype)| *dtype == self);
        known.map_or("", |(name, _)| name)
    }

    /// The value of one element, from its bytes.
    ///
    /// # Panics
    /// If there are fewer bytes.
    pub(crate) fn read(self, element: &[u8]) -> f64 {
        match self {
            Self::F32 => read::<f32>(element),
            Self::F64 => read::<f64>(element),
            Self::F16 => read::<F16>(element),
            Self::Bf16 => read::<Bf16>(element),
            Self::U8 => read::<u8>(element),
            Self::U32 => read::<u32>(element),
            Self::I16 => read::<i16>(element),
            Self::I32 => read::<i32>(element),
            Self::I64 => read::<i64>(element),
        }
    }
}

fn read<S: Source>(element: &[u8]) -> f64 {
    let mut scratch = [S::Wide::ZERO; BLOCK];
    let wide = S::widen(S::view(element), &mut scratch);
    S::Wide::read(wide[0]).widen()
}

impl FromStr for Dtype {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let known = Self::ALL.iter().find(|(known, _)| *known == name);
        known.map(|(_, dtype)| *dtype).ok_or_else(|| {
            let names = Self::ALL.map(|(name, _)| name).join(", ");
            format!("unknown dtype {name:?}: expected one of {names}")
        })
    }
}

/// A dtype's elements in memory, and the [`Wide`] type that they are compared in.
pub trait Source {
    /// The bytes of one element.
    type Raw;

    /// A type that holds every value exactly.
    type Wide: Wide;

    /// The elements in `bytes`.
    fn view(bytes: &[u8]) -> &[Self::Raw];

    /// The elements in their wide type: `raw` itself if that is it, else as much of `scratch`.
    fn widen<'a>(
        raw: &'a [Self::Raw],
        scratch: &'a mut [<Self::Wide as Wide>::Raw; BLOCK],
    ) -> &'a [<Self::Wide as Wide>::Raw];
}

/// Implements [`Source`] for a type that is compared as it is.
macro_rules! wide {
    ($type:ty) => {
        impl Source for $type {
            type Raw = <Self as Wide>::Raw;
            type Wide = Self;

            fn view(bytes: &[u8]) -> &[Self::Raw] {
                bytes.as_chunks().0
            }

            #[inline(always)]
            fn widen<'a>(raw: &'a [Self::Raw], _: &'a mut [Self::Raw; BLOCK]) -> &'a [Self::Raw] {
                raw
            }
        }
    };
}

/// Implements [`Source`] for a type of `$size` bytes that `$convert` turns into `$wide`.
macro_rules! narrow {
    ($type:ty, $size:literal, $wide:ty, $convert:expr) => {
        impl Source for $type {
            type Raw = [u8; $size];
            type Wide = $wide;

            fn view(bytes: &[u8]) -> &[Self::Raw] {
                bytes.as_chunks().0
            }

            #[inline(always)]
            fn widen<'a>(
                raw: &'a [Self::Raw],
                scratch: &'a mut [<$wide as Wide>::Raw; BLOCK],
            ) -> &'a [<$wide as Wide>::Raw] {
                let wide = &mut scratch[..raw.len()];
                for (wide, raw) in wide.iter_mut().zip(raw) {
                    let value: $wide = $convert(<$type>::from_le_bytes(*raw));
                    *wide = value.write();
                }
                wide
            }
        }
    };
}

wide!(f32);
wide!(f64);
wide!(i64);
narrow!(F16, 2, f32, F16::to_f32);
narrow!(Bf16, 2, f32, Bf16::to_f32);
narrow!(u8, 1, f32, f32::from);
narrow!(i16, 2, f32, f32::from);
narrow!(u32, 4, f64, f64::from);
narrow!(i32, 4, f64, f64::from);
