//! The module as Python sees it: builds the example and runs `module.py` on it, with `$PYO3_PYTHON` or `python3`.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The shared object of the example, which `cargo test` builds beside the tests: asking cargo for it would compile
/// every dependency again wherever this run was given other settings than the next cargo would take.
fn example() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.parent().and_then(Path::parent).unwrap();
    let name = format!(
        "{}scale{}",
        std::env::consts::DLL_PREFIX,
        std::env::consts::DLL_SUFFIX
    );
    profile.join("examples").join(name)
}

/// Cargo builds the example only in a run without a target filter; after any other, an old one may lie there.
fn assert_fresh(example: &Path) {
    let changed = |path: &Path| path.metadata().and_then(|about| about.modified()).unwrap();
    let crate_root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["src", "examples"] {
        for file in crate_root.join(folder).read_dir().unwrap() {
            let source = file.unwrap().path();
            let fresh = example.exists() && changed(example) >= changed(&source);
            assert!(
                fresh,
                "run `cargo test` without a target filter: the example is older than {source:?}"
            );
        }
    }
}

#[test]
fn python_sees_the_stage_protocol() {
    let folder = tempfile::tempdir().unwrap();
    let example = example();
    assert_fresh(&example);
    std::fs::copy(example, folder.path().join("scale.so")).unwrap();
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
