//! Chooses the code for the CPU that is there, at run time.

use crate::dtype::{Dtype, Source};
use crate::half::{Bf16, F16};
use crate::input::Input;
use crate::metrics::Metrics;
use crate::pass::pass;

/// Whether the compilation target itself has the fused multiply-add.
const FUSED: bool = cfg!(any(target_feature = "fma", target_arch = "aarch64"));

/// The vector instructions that a pass is compiled for. The results of two levels differ at most in
/// the last bits of sums, through [`FUSED`]; everything else is the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// What the compilation target has anyway.
    Portable,
    /// AVX2 with FMA.
    #[cfg(target_arch = "x86_64")]
    Avx2,
}

impl Level {
    /// The levels that this CPU has, the best one last.
    pub fn available() -> Vec<Self> {
        let mut levels = vec![Self::Portable];
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                levels.push(Self::Avx2);
            }
        }
        levels
    }
}

/// Compares with the best level that this CPU has.
pub fn compare(input: &Input<'_>) -> Metrics {
    let best = Level::available().pop();
    compare_at(best.unwrap_or(Level::Portable), input)
}

/// Compares with one level.
///
/// # Panics
/// If this CPU does not have the level.
pub fn compare_at(level: Level, input: &Input<'_>) -> Metrics {
    assert!(
        Level::available().contains(&level),
        "this CPU has no {level:?}"
    );
    match input.dtype {
        Dtype::F32 => at::<f32>(level, input),
        Dtype::F64 => at::<f64>(level, input),
        Dtype::F16 => at::<F16>(level, input),
        Dtype::Bf16 => at::<Bf16>(level, input),
        Dtype::U8 => at::<u8>(level, input),
        Dtype::U32 => at::<u32>(level, input),
        Dtype::I16 => at::<i16>(level, input),
        Dtype::I32 => at::<i32>(level, input),
        Dtype::I64 => at::<i64>(level, input),
    }
}

fn at<S: Source>(level: Level, input: &Input<'_>) -> Metrics {
    match input.noise {
        Some(_) => run::<S, true>(level, input),
        None => run::<S, false>(level, input),
    }
}

fn run<S: Source, const NOISE: bool>(level: Level, input: &Input<'_>) -> Metrics {
    match level {
        Level::Portable => pass::<S, NOISE, FUSED>(input),
        // SAFETY: `compare_at` has asked the CPU for these features.
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => unsafe { avx2::<S, NOISE>(input) },
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn avx2<S: Source, const NOISE: bool>(input: &Input<'_>) -> Metrics {
    pass::<S, NOISE, true>(input)
}
