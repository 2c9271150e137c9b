//! Element types: their names, their sizes, and which of them may be compared with which.

use crate::dtype::Dtype;

/// An element type that a tensor of the port or of the reference may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Element {
    /// IEEE 754 binary64.
    F64,
    /// IEEE 754 binary32.
    F32,
    /// IEEE 754 binary16.
    F16,
    /// The upper half of a binary32.
    Bf16,
    /// One byte, 0 or 1.
    Bool,
    /// Eight bits without a sign.
    U8,
    /// Eight bits with a sign.
    I8,
    /// 16 bits without a sign.
    U16,
    /// 16 bits with a sign.
    I16,
    /// 32 bits without a sign.
    U32,
    /// 32 bits with a sign.
    I32,
    /// 64 bits without a sign.
    U64,
    /// 64 bits with a sign.
    I64,
}

impl Element {
    /// Every element type with its name.
    pub const ALL: [(&'static str, Self); 13] = [
        ("f64", Self::F64),
        ("f32", Self::F32),
        ("f16", Self::F16),
        ("bf16", Self::Bf16),
        ("bool", Self::Bool),
        ("u8", Self::U8),
        ("i8", Self::I8),
        ("u16", Self::U16),
        ("i16", Self::I16),
        ("u32", Self::U32),
        ("i32", Self::I32),
        ("u64", Self::U64),
        ("i64", Self::I64),
    ];

    /// The element type of that name, if there is one.
    pub fn named(name: &[u8]) -> Option<Self> {
        let known = Self::ALL.iter().find(|(known, _)| known.as_bytes() == name);
        known.map(|(_, element)| *element)
    }

    /// The name, as in [`Element::ALL`].
    pub fn name(self) -> &'static str {
        let known = Self::ALL.iter().find(|(_, element)| *element == self);
        known.map_or("", |(name, _)| name)
    }

    /// Bytes per element.
    pub const fn size(self) -> usize {
        match self {
            Self::Bool | Self::U8 | Self::I8 => 1,
            Self::F16 | Self::Bf16 | Self::U16 | Self::I16 => 2,
            Self::F32 | Self::U32 | Self::I32 => 4,
            Self::F64 | Self::U64 | Self::I64 => 8,
        }
    }

    /// Whether it is a float; everything else is an integer.
    pub const fn is_float(self) -> bool {
        matches!(self, Self::F64 | Self::F32 | Self::F16 | Self::Bf16)
    }

    /// What the kernel calls it, if the kernel reads it as it is.
    pub const fn direct(self) -> Option<Dtype> {
        match self {
            Self::F64 => Some(Dtype::F64),
            Self::F32 => Some(Dtype::F32),
            Self::F16 => Some(Dtype::F16),
            Self::Bf16 => Some(Dtype::Bf16),
            Self::U8 => Some(Dtype::U8),
            Self::I16 => Some(Dtype::I16),
            Self::U32 => Some(Dtype::U32),
            Self::I32 => Some(Dtype::I32),
            Self::I64 => Some(Dtype::I64),
            Self::Bool | Self::I8 | Self::U16 | Self::U64 => None,
        }
    }

    /// The type that holds the elements of both exactly and that the kernel reads, with the kernel's
    /// name of it; both must be floats or both integers.
    pub fn common(self, other: Self) -> (Self, Dtype) {
        match self.direct() {
            Some(dtype) if self == other => (self, dtype),
            _ if !self.is_float() => (Self::I64, Dtype::I64),
            _ if self == Self::F64 || other == Self::F64 => (Self::F64, Dtype::F64),
            _ => (Self::F32, Dtype::F32),
        }
    }
}
