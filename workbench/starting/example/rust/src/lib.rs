//! A feed-forward block in plain Rust: y = x + down(gelu(up(norm(x)))).

mod layers;
mod tap;

use layers::{gelu, linear, norm};
use std::slice::{from_raw_parts, from_raw_parts_mut};
use tap::tap;

/// Weights as port.py hands them over: row-major float32, a linear layer's as [out, in].
#[repr(C)]
pub struct Weights {
    norm_weight: *const f32,
    norm_bias: *const f32,
    up_weight: *const f32,
    up_bias: *const f32,
    down_weight: *const f32,
    down_bias: *const f32,
}

/// Computes `y` [rows, dim] from `x` [rows, dim].
///
/// # Safety
/// Every pointer has as many elements as its shape says.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn block(
    x: *const f32,
    rows: usize,
    dim: usize,
    hidden: usize,
    weights: &Weights,
    y: *mut f32,
) {
    let slice = |data, length| unsafe { from_raw_parts(data, length) };
    let x = slice(x, rows * dim);

    let normed = norm(
        x,
        slice(weights.norm_weight, dim),
        slice(weights.norm_bias, dim),
    );
    let normed = tap("norm", normed, [rows, dim]);

    let (weight, bias) = (
        slice(weights.up_weight, hidden * dim),
        slice(weights.up_bias, hidden),
    );
    let up = tap("up", linear(&normed, weight, bias), [rows, hidden]);

    let act = tap("act", gelu(&up), [rows, hidden]);

    let (weight, bias) = (
        slice(weights.down_weight, dim * hidden),
        slice(weights.down_bias, dim),
    );
    let down = tap("down", linear(&act, weight, bias), [rows, dim]);

    let y = unsafe { from_raw_parts_mut(y, rows * dim) };
    for ((y, x), down) in y.iter_mut().zip(x).zip(down) {
        *y = x + down;
    }
}
