//! How many errors have which binary exponent: ⌊log₂ |e|⌋, read off the bits of the float64.

use std::array::from_fn;

use crate::block::BLOCK;

/// The lowest bin counts every |e| below 2⁻⁵⁹ that is not zero.
pub const LOWEST_EXPONENT: i32 = -60;

/// The highest bin counts every |e| of at least 2²⁰.
pub const HIGHEST_EXPONENT: i32 = 20;

/// Bins from the lowest to the highest exponent.
pub const BINS: usize = (HIGHEST_EXPONENT - LOWEST_EXPONENT + 1) as usize;

/// The counts of all blocks so far.
pub struct Histogram {
    /// First of the exact zeros, then of every bin.
    counts: [u64; BINS + 1],
    /// Scratch: the upper halves of the magnitudes of a block, in some order.
    uppers: [[u16; 4]; QUARTER],
    /// Scratch: their codes.
    codes: [u8; BLOCK],
}

impl Histogram {
    /// Nothing counted yet.
    pub fn new() -> Self {
        Self {
            counts: [0; BINS + 1],
            uppers: [[0; 4]; QUARTER],
            codes: [0; BLOCK],
        }
    }

    /// Counts one magnitude, which must not be NaN.
    pub fn add(&mut self, size: f64) {
        self.counts[usize::from(code(exponent(size)))] += 1;
    }

    /// Counts a full block of magnitudes and returns how many are zero. The errors of a block share
    /// few exponents: one vector search per exponent, downwards from the highest until every
    /// element is found, is several times as fast as one increment per element.
    #[inline(always)]
    pub fn add_block(&mut self, sizes: &[f64; BLOCK]) -> u64 {
        self.encode(sizes);
        let codes = &self.codes;
        let zeros = occurrences(codes, 0);
        self.counts[0] += zeros;
        let mut missing = BLOCK as u64 - zeros;
        let mut code = highest(codes);
        while missing > 0 {
            let found = occurrences(codes, code);
            self.counts[usize::from(code)] += found;
            missing -= found;
            code = code.wrapping_sub(1);
        }
        zeros
    }

    /// Finds the code of every magnitude. The upper halves of four float64 go into one word first:
    /// to narrow them lane by lane would cost vector instructions several times as many.
    #[inline(always)]
    fn encode(&mut self, sizes: &[f64; BLOCK]) {
        for (index, word) in self.uppers.iter_mut().enumerate() {
            let bits: [u64; 4] =
                from_fn(|quarter| (sizes[index + quarter * QUARTER] * SCALE).to_bits());
            let lower = bits[2] >> 32 & UPPER >> 32 | bits[3] >> 48;
            let joined = bits[0] & UPPER | bits[1] >> 16 & UPPER >> 16 | lower;
            *word = from_fn(|part| (joined >> (16 * part)) as u16);
        }
        for (upper, place) in self.uppers.as_flattened().iter().zip(&mut self.codes) {
            *place = code(upper >> 4);
        }
    }

    /// How many exact zeros were counted.
    pub fn zeros(&self) -> u64 {
        self.counts[0]
    }

    /// The counts of the bins.
    pub fn bins(&self) -> &[u64] {
        &self.counts[1..]
    }
}

const SCALE: f64 = (1_u128 << 64) as f64;
const QUARTER: usize = BLOCK / 4;
const UPPER: u64 = 0xffff << 48;

/// The biased exponent of |e|·2⁶⁴; 0 for zero alone, since the factor makes subnormal numbers
/// normal.
#[inline(always)]
fn exponent(size: f64) -> u16 {
    ((size * SCALE).to_bits() >> 52) as u16
}

/// The place of an exponent among the counts.
#[inline(always)]
fn code(exponent: u16) -> u8 {
    const BELOW_LOWEST: u16 = (1023 + 64 + LOWEST_EXPONENT - 1) as u16;
    let nonzero = exponent.min(1);
    exponent
        .saturating_sub(BELOW_LOWEST)
        .clamp(nonzero, BINS as u16) as u8
}

const WIDTH: usize = 64;

/// How often a code occurs.
#[inline(always)]
fn occurrences(codes: &[u8; BLOCK], code: u8) -> u64 {
    // The partial counts are bytes.
    const { assert!(BLOCK / WIDTH <= 255 && BLOCK.is_multiple_of(WIDTH)) };
    let mut counts = [0_u8; WIDTH];
    for group in codes.as_chunks::<WIDTH>().0 {
        counts = from_fn(|lane| counts[lane] + u8::from(group[lane] == code));
    }
    counts.iter().map(|&count| u64::from(count)).sum()
}

#[inline(always)]
fn highest(codes: &[u8; BLOCK]) -> u8 {
    let mut largest = [0_u8; WIDTH];
    for group in codes.as_chunks::<WIDTH>().0 {
        largest = from_fn(|lane| largest[lane].max(group[lane]));
    }
    largest.into_iter().fold(0, u8::max)
}
