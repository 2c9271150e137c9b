//! The module as Python sees it: builds the example and runs `module.py` on it, with `$PYO3_PYTHON` or `python3`.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The shared object of the example; cargo built it along with this test and only tells where it is.
fn example() -> PathBuf {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args([
        "build",
        "--quiet",
        "--example",
        "scale",
        "--message-format",
        "json",
    ]);
    let output = cargo
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let messages = String::from_utf8(output.stdout).unwrap();
    let mut messages = messages
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let artifact = messages
        .rfind(|message| message["target"]["name"] == "scale")
        .unwrap();
    PathBuf::from(artifact["filenames"][0].as_str().unwrap())
}

#[test]
fn python_sees_the_stage_protocol() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(example(), folder.path().join("scale.so")).unwrap();
    let python = std::env::var_os("PYO3_PYTHON").unwrap_or_else(|| "python3".into());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/module.py");
    let mut command = Command::new(python);
    command
        .arg(script)
        .current_dir(&folder)
        .env("PYTHONPATH", folder.path())
        .env("RUST_BACKTRACE", "1");
    let output = command
        .output()
        .expect("PYO3_PYTHON names a Python with numpy");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
