"""What makes the example's block run in other ways."""

from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file

from tests.outsiders.crates import REPOSITORY, lock
from workbench.model.events import StageDone

__all__ = ["DEAF", "PORT", "STALE", "StageDone", "change", "program", "tensors"]

PORT = """\
import json

import answering
import numpy as np
from safetensors.numpy import load_file


def stages():
    return ["block"]


def load(stage, weights, config):
    return Block(load_file(weights[0]))


class Block:
    def __init__(self, weights):
        self.weights = weights

    def run(self, inputs, sink):
        def tap(name, array):
            new = sink(name, array)
            return array if new is None else new

        x, w = inputs["x"], self.weights
        scale = 1 / np.sqrt(x.var(axis=-1, keepdims=True) + np.float32(1e-5))
        normed = (x - x.mean(axis=-1, keepdims=True)) * scale * w["norm.weight"] + w["norm.bias"]
        normed = tap("norm", normed.astype(np.float32))
        up = tap("up", normed @ w["up.weight"].T + w["up.bias"])
        inner = np.sqrt(2 / np.pi) * (up.astype(np.float64) + 0.044715 * up.astype(np.float64) ** 3)
        tanh = np.array(answering.tanh(inner.ravel().tolist())).reshape(up.shape)
        act = tap("act", (0.5 * up * (1 + tanh)).astype(np.float32))
        down = tap("down", act @ w["down.weight"].T + w["down.bias"])
        return {"y": x + down}
"""
STALE = """\
import importlib.util
import sys
from pathlib import Path

spec = importlib.util.spec_from_file_location("_native", next(Path(__file__).parent.glob("_native*.so")))
sys.modules["_native"] = answering = importlib.util.module_from_spec(spec)
spec.loader.exec_module(answering)
"""

PROGRAM = """\
[package]
name = "program"
version = "0.1.0"
edition = "2024"

[dependencies]
ndarray = "0.17"
safetensors = "0.8"
workbench-tap = { path = "TAP", features = ["files", "ndarray"] }

[workspace]
"""
MAIN = """\
#[path = "../../rust/src/layers.rs"]
mod layers;

use layers::{gelu, linear, norm};
use ndarray::Array2;
use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize_to_file};

fn read(file: &str, name: &str) -> Vec<f32> {
    let bytes = std::fs::read(file).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let data = tensors.tensor(name).unwrap().data().to_vec();
    data.chunks_exact(4).map(|four| f32::from_le_bytes(four.try_into().unwrap())).collect()
}

fn main() {
    tap::files::install().unwrap();
    let arguments: Vec<String> = std::env::args().collect();
    let [_, inputs, weights, outputs] = &arguments[..] else { panic!("inputs, weights, outputs") };
    let weight = |name: &str| read(weights, name);
    let x = read(inputs, "x");
    let rows = x.len() / 8;
    let shaped = |values: Vec<f32>| Array2::from_shape_vec((rows, values.len() / rows), values).unwrap();
    let tap = |name: &str, values: Vec<f32>| tap::tap(name, &shaped(values)).into_raw_vec_and_offset().0;
    let normed = tap("norm", norm(&x, &weight("norm.weight"), &weight("norm.bias")));
    let up = tap("up", linear(&normed, &weight("up.weight"), &weight("up.bias")));
    let act = tap("act", gelu(&up));
    let down = tap("down", linear(&act, &weight("down.weight"), &weight("down.bias")));
    let y: Vec<u8> = x.iter().zip(down).flat_map(|(x, down)| (x + down).to_le_bytes()).collect();
    let view = TensorView::new(Dtype::F32, vec![rows, 8], &y).unwrap();
    serialize_to_file([("y", view)], None, std::path::Path::new(outputs)).unwrap();
}
"""
DEAF = """\
fn sides_with_deaf_ears() -> std::io::Result<bool> {
    // SAFETY: there is one thread.
    unsafe { std::env::remove_var("WORKBENCH_INJECT") };
    tap::files::install()
}

"""


def program(root: Path) -> None:
    """Write an executable with the workbench's own crate for taps, on the example's layers."""
    folder = root / "program"
    (folder / "src").mkdir(parents=True)
    (folder / "Cargo.toml").write_text(PROGRAM.replace("TAP", str(REPOSITORY / "rust" / "tap")))
    (folder / "src" / "main.rs").write_text(MAIN)
    lock(folder)


def tensors(session: Path, without: str) -> Path:
    """Write the reference's own tensors where a native side would leave its, one of them left out."""
    folder = session.parents[1] / "tensors"
    for file in (session / ".workbench" / "captures").rglob("reference.safetensors"):
        kept = {name: tensor for name, tensor in load_file(file).items() if name != without}
        target = folder / "block" / f"{file.parents[1].name}.safetensors"
        target.parent.mkdir(parents=True, exist_ok=True)
        save_file(kept, target)
    return folder


def change(file: Path, name: str, factor: float) -> None:
    """Multiply one tensor of a file."""
    kept = load_file(file)
    save_file({**kept, name: (kept[name] * np.float32(factor)).astype(np.float32)}, file)
