//! The two 16-bit floats.

/// IEEE 754 binary16: 1 sign, 5 exponent and 10 fraction bits.
#[derive(Clone, Copy)]
pub struct F16(u16);

impl F16 {
    /// Reads one number.
    #[inline(always)]
    pub fn from_le_bytes(raw: [u8; 2]) -> Self {
        Self(u16::from_le_bytes(raw))
    }

    /// The same number as float32. Without a branch, so that a loop over it becomes vector code,
    /// and without arithmetic on subnormal float32, which a thread may have been told to flush to
    /// zero.
    #[inline(always)]
    pub fn to_f32(self) -> f32 {
        const INFINITY: u32 = 0x7c00;
        const SMALLEST_NORMAL: u32 = 0x0400;
        // The exponent biases of the two formats are 127 and 15.
        const REBIAS: u32 = (127 - 15) << 23;
        const SMALLEST: f32 = 1.0 / 16_777_216.0;
        let magnitude = u32::from(self.0 & 0x7fff);
        let sign = u32::from(self.0 & 0x8000) << 16;
        let normal = (magnitude << 13) + REBIAS;
        let special = (magnitude << 13) | 0x7f80_0000;
        let subnormal = (magnitude as i32 as f32 * SMALLEST).to_bits();
        let finite = if magnitude < SMALLEST_NORMAL {
            subnormal
        } else {
            normal
        };
        let bits = if magnitude < INFINITY {
            finite
        } else {
            special
        };
        f32::from_bits(bits | sign)
    }
}

/// The upper half of a float32: 1 sign, 8 exponent and 7 fraction bits.
#[derive(Clone, Copy)]
pub struct Bf16(u16);

impl Bf16 {
    /// Reads one number.
    #[inline(always)]
    pub fn from_le_bytes(raw: [u8; 2]) -> Self {
        Self(u16::from_le_bytes(raw))
    }

    /// The same number as float32.
    #[inline(always)]
    pub fn to_f32(self) -> f32 {
        f32::from_bits(u32::from(self.0) << 16)
    }
}
