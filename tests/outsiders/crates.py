"""Small crates that know nothing of the workbench, with lock files made on the spot."""

import subprocess
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]

PYPROJECT = """\
[build-system]
requires = ["maturin>=1.9,<2"]
build-backend = "maturin"

[project]
name = "answering"
version = "0.1.0"

[tool.maturin]
module-name = "answering._native"
python-source = "."
"""
MANIFEST = """\
[package]
name = "answering"
version = "0.1.0"
edition = "2024"

[lib]
name = "_native"
crate-type = ["cdylib"]

[dependencies]
pyo3 = { version = "0.30", features = ["abi3-py311"] }

[workspace]
"""
LIB = """\
use pyo3::prelude::*;

#[pymodule]
mod _native {
    use pyo3::prelude::*;

    #[pyfunction]
    fn answer() -> i32 {
        ANSWER
    }

    #[pyfunction]
    fn tanh(x: Vec<f64>) -> Vec<f64> {
        x.into_iter().map(f64::tanh).collect()
    }
}
"""


def extension(folder: Path, answer: str) -> Path:
    """Write a mixed package (Python and Rust) with one PyO3 extension; return its folder."""
    _write(folder / "pyproject.toml", PYPROJECT)
    _write(folder / "Cargo.toml", MANIFEST)
    _write(folder / "answering" / "__init__.py", "from answering._native import answer, tanh\n")
    _write(folder / "src" / "lib.rs", LIB.replace("ANSWER", answer))
    lock(folder)
    return folder


def lock(folder: Path) -> None:
    """Make a crate's Cargo.lock, without the network where everything is known already."""
    if not (folder / "Cargo.lock").exists():
        command = ["cargo", "generate-lockfile", f"--manifest-path={folder / 'Cargo.toml'}"]
        if subprocess.run([*command, "--offline"], capture_output=True, check=False).returncode:
            subprocess.run(command, check=True)


def _write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists() or file.read_text() != text:
        file.write_text(text)
