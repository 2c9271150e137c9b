"""What a tap without a sink costs: one small Linear layer, instrumented against plain, in release builds.

Run: python benchmarks/taps.py [folder for the builds]. Both builds take several minutes the first time.
"""

import ctypes
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from workbench.build.instrument import Instrumented, instrument

CALLS = 20_000
ROUNDS = 41
MANIFEST = """[package]
name = "taps"
version = "0.1.0"
edition = "2021"
[lib]
path = "lib.rs"
crate-type = ["cdylib"]
[dependencies]
candle-core = { version = "0.11.1", default-features = false }
candle-nn = { version = "0.11.1", default-features = false }
[workspace]
"""
LIBRARY = """use candle_core::{DType, Device, Module, Result, Tensor};
use std::time::Instant;

fn measure(calls: usize) -> Result<f64> {
    let weight = Tensor::ones((4, 4), DType::F32, &Device::Cpu)?;
    let layer = candle_nn::Linear::new(weight, None);
    let xs = Tensor::ones((1, 4), DType::F32, &Device::Cpu)?;
    let begun = Instant::now();
    for _ in 0..calls {
        std::hint::black_box(layer.forward(std::hint::black_box(&xs))?);
    }
    Ok(begun.elapsed().as_secs_f64())
}

#[no_mangle]
pub extern "C" fn seconds(calls: usize) -> f64 {
    measure(calls).unwrap_or(f64::NAN)
}
"""


def main(folder: Path) -> None:
    """Prints nanoseconds per forward of both builds, and of their difference in each round."""
    port = folder / "port"
    port.mkdir(parents=True, exist_ok=True)
    (port / "Cargo.toml").write_text(MANIFEST)
    (port / "lib.rs").write_text(LIBRARY)
    if not (port / "Cargo.lock").exists():
        subprocess.run(["cargo", "generate-lockfile", "--quiet"], cwd=port, check=True)
    tapped = instrument(port / "Cargo.toml", folder / "cache", ("cargo",), os.environ)
    assert isinstance(tapped, Instrumented), tapped
    libraries = _build(port, folder / "plain"), _build(port, folder / "tapped", *tapped.cargo_args)
    rounds = [tuple(_nanoseconds(library) for library in libraries) for _ in range(ROUNDS)]
    for name, values in (
        ("plain", [plain for plain, _ in rounds]),
        ("tapped, no sink", [tapped for _, tapped in rounds]),
        ("difference", [tapped - plain for plain, tapped in rounds]),
    ):
        low, middle, high = statistics.quantiles(values, n=4)
        print(f"{name:16} {middle:7.1f} ns per forward  (quartiles {low:.1f} to {high:.1f})")


def _build(port: Path, target: Path, *args: str) -> ctypes.CDLL:
    subprocess.run(["cargo", "build", "--release", f"--target-dir={target}", *args], cwd=port, check=True)
    return ctypes.CDLL(str(target / "release" / "libtaps.so"))


def _nanoseconds(library: ctypes.CDLL) -> float:
    library.seconds.restype = ctypes.c_double
    return float(library.seconds(ctypes.c_size_t(CALLS))) / CALLS * 1e9


if __name__ == "__main__":
    default = Path(tempfile.gettempdir()) / "workbench-benchmark-taps"
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else default)
