//! The three types that tensors are compared in. Every other dtype is turned into one of them,
//! exactly.

/// An element as it lies in memory, little-endian and at any alignment.
pub trait Wide: Copy + PartialEq {
    /// Its bytes.
    type Raw: Copy;

    /// The bytes of zero.
    const ZERO: Self::Raw;

    /// Reads one element.
    fn read(raw: Self::Raw) -> Self;

    /// The bytes of one element.
    fn write(self) -> Self::Raw;

    /// Whether no element is NaN or infinite.
    fn all_finite(raw: &[Self::Raw]) -> bool;

    /// The value in float64: exact, but for `i64` beyond ±2⁵³, which is rounded.
    fn widen(self) -> f64;

    /// `self − other` in float64, rounded once; zero only where the two are equal.
    fn difference(self, other: Self) -> f64;
}

/// Implements [`Wide`] for a float by its size, the integer of that size and the bits of +∞. The
/// magnitudes of floats are ordered like their bits, so that one integer maximum finds NaN and
/// infinity.
macro_rules! float {
    ($type:ty, $size:literal, $bits:ty, $infinity:literal) => {
        impl Wide for $type {
            type Raw = [u8; $size];

            const ZERO: Self::Raw = [0; $size];

            #[inline(always)]
            fn read(raw: Self::Raw) -> Self {
                Self::from_le_bytes(raw)
            }

            #[inline(always)]
            fn write(self) -> Self::Raw {
                self.to_le_bytes()
            }

            #[inline(always)]
            fn all_finite(raw: &[Self::Raw]) -> bool {
                let magnitude =
                    |raw: &Self::Raw| <$bits>::from_le_bytes(*raw) & (<$bits>::MAX >> 1);
                raw.iter().map(magnitude).fold(0, Ord::max) < $infinity
            }

            #[inline(always)]
            fn widen(self) -> f64 {
                self.into()
            }

            #[inline(always)]
            fn difference(self, other: Self) -> f64 {
                self.widen() - other.widen()
            }
        }
    };
}

float!(f32, 4, u32, 0x7f80_0000);
float!(f64, 8, u64, 0x7ff0_0000_0000_0000);

impl Wide for i64 {
    type Raw = [u8; 8];

    const ZERO: Self::Raw = [0; 8];

    #[inline(always)]
    fn read(raw: Self::Raw) -> Self {
        Self::from_le_bytes(raw)
    }

    #[inline(always)]
    fn write(self) -> Self::Raw {
        self.to_le_bytes()
    }

    #[inline(always)]
    fn all_finite(_: &[Self::Raw]) -> bool {
        true
    }

    #[inline(always)]
    fn widen(self) -> f64 {
        self as f64
    }

    /// Where the difference does not fit in 64 bits the signs differ, so that the rounded operands
    /// add up without cancellation.
    #[inline(always)]
    fn difference(self, other: Self) -> f64 {
        let wrapped = self.wrapping_sub(other);
        let overflowed = (self ^ other) & (self ^ wrapped) < 0;
        if overflowed {
            self.widen() - other.widen()
        } else {
            wrapped.widen()
        }
    }
}
