//! Prints how many GB/s (both sides) one core compares, per dtype and level, at a few shapes.

use std::hint::black_box;
use std::time::Instant;

use _kernel::{Dtype, Input, Level, compare_at};

const ELEMENTS: usize = 1 << 22;
const ROUNDS: usize = 15;

/// Small pseudo-random numbers, alike on both sides, as bytes of the dtype.
fn sides(dtype: Dtype, count: usize) -> [Vec<u8>; 2] {
    let mut state = 1_u64;
    let mut draw = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / f64::from(1 << 24) - 0.5
    };
    let mut sides = [Vec::new(), Vec::new()];
    for _ in 0..count {
        let value = draw();
        for (side, value) in sides.iter_mut().zip([value, value * (1.0 + 1e-3 * draw())]) {
            match dtype {
                Dtype::F32 => side.extend((value as f32).to_le_bytes()),
                Dtype::F64 => side.extend(value.to_le_bytes()),
                Dtype::F16 => side.extend(half::f16::from_f64(value).to_le_bytes()),
                Dtype::Bf16 => side.extend(half::bf16::from_f64(value).to_le_bytes()),
                _ => side.extend(&((value * 100.0 + 50.0) as i64).to_le_bytes()[..dtype.size()]),
            }
        }
    }
    sides
}

fn gigabytes_per_second(level: Level, input: &Input<'_>, bytes: usize) -> f64 {
    let seconds = (0..ROUNDS).map(|_| {
        let start = Instant::now();
        black_box(compare_at(level, black_box(input)));
        start.elapsed().as_secs_f64()
    });
    bytes as f64 / seconds.fold(f64::INFINITY, f64::min) / 1e9
}

fn row(name: &str, dtype: Dtype, shape: &[usize], noise: Option<&[u8]>, sides: &[Vec<u8>; 2]) {
    let input = Input::new(&sides[0], &sides[1], noise, dtype, shape).expect("sizes fit");
    let bytes = 2 * sides[0].len();
    print!("{name:10} {:20}", format!("{shape:?}"));
    for level in Level::available() {
        print!(
            "  {level:?} {:6.2}",
            gigabytes_per_second(level, &input, bytes)
        );
    }
    println!();
}

fn main() {
    println!("GB/s of both sides together, one core, best of {ROUNDS}");
    for (name, dtype) in Dtype::ALL {
        row(name, dtype, &[4096, 1024], None, &sides(dtype, ELEMENTS));
    }
    let floats = sides(Dtype::F32, ELEMENTS);
    let noise = vec![0x30; 4 * ELEMENTS];
    row(
        "f32, noise",
        Dtype::F32,
        &[4096, 1024],
        Some(&noise),
        &floats,
    );
    for shape in [
        &[ELEMENTS][..],
        &[2, 32, 256, 256],
        &[65536, 64],
        &[8, 1 << 19],
        &[512, 8192],
    ] {
        row("f32", Dtype::F32, shape, None, &floats);
    }
}
