"""What taps cost: a layer without a sink, and a stage of CosyVoice3 whose taps are all compared.

Run: python -m benchmarks.taps [--size full] [--input NAME] [--rounds 21] [folder for the builds]. Without a sink: one
small layer, instrumented against plain, in release builds, which take several minutes the first time. With one: the
stage as a check runs it. Everything is interleaved, and the medians of all rounds count.
"""

import argparse
import ctypes
import os
import statistics
import subprocess
import tempfile
from pathlib import Path

from benchmarks import stage
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


def main() -> None:
    """Print both costs as shares of the stage, beside what they may be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", default="small")
    parser.add_argument("--input", default="arctic")
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument(
        "folder", nargs="?", type=Path, default=Path(tempfile.gettempdir()) / "workbench-benchmark-taps"
    )
    arguments = parser.parse_args()
    nanoseconds = without_sink(arguments.folder)
    costs = stage.measure(arguments.size, arguments.input, arguments.rounds)
    seconds = statistics.median(costs.bare)
    print(
        f"{stage.STAGE}, size {arguments.size}, input {arguments.input}: {seconds * 1e3:.1f} ms, {costs.layers} layers"
    )
    print(f"  no sink          {nanoseconds * 1e-9 * costs.layers / seconds:8.4%} of the stage (below 0.5 %)")
    for run in stage.RUNS:
        share, inner = costs.share(run), costs.inner_share(run)
        print(f"  {run + ', compared':16} {share:8.1%} of the stage (below 10 %), {inner:.1%} inside the sink")


def without_sink(folder: Path) -> float:
    """Print nanoseconds per forward of both builds; return the median of their difference in each round."""
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
    difference = [tapped - plain for plain, tapped in rounds]
    for name, values in (
        ("plain", [plain for plain, _ in rounds]),
        ("tapped, no sink", [tapped for _, tapped in rounds]),
        ("difference", difference),
    ):
        low, middle, high = statistics.quantiles(values, n=4)
        print(f"{name:16} {middle:7.1f} ns per forward  (quartiles {low:.1f} to {high:.1f})")
    return statistics.median(difference)


def _build(port: Path, target: Path, *args: str) -> ctypes.CDLL:
    subprocess.run(["cargo", "build", "--release", f"--target-dir={target}", *args], cwd=port, check=True)
    return ctypes.CDLL(str(target / "release" / "libtaps.so"))


def _nanoseconds(library: ctypes.CDLL) -> float:
    library.seconds.restype = ctypes.c_double
    return float(library.seconds(ctypes.c_size_t(CALLS))) / CALLS * 1e9


if __name__ == "__main__":
    main()
