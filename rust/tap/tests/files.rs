//! The file host, in an executable of its own: this test program, started again for one test.

use ndarray::{Array1, arr1};
use safetensors::{SafeTensors, serialize_to_file, tensor::TensorView};
use std::path::Path;
use std::process::{Command, Output};

/// What the executable does: taps `x`, `x` again and `y`, and prints what came back.
#[test]
#[ignore = "runs only when another test starts it"]
fn child() {
    let installed = tap::files::install();
    println!("installed {installed:?}");
    tap::scope("block", || {
        let taps = [("x", [1.0, 2.0]), ("x", [3.0, 4.0]), ("y", [5.0, 6.0])];
        for (name, values) in taps {
            println!(
                "{name} {}",
                tap::tap(name, &arr1(&values.map(|value: f32| value)))
            );
        }
    });
}

fn run(variables: &[(&str, &Path)]) -> (String, String) {
    let executable = std::env::current_exe().unwrap();
    let mut command = Command::new(executable);
    command.args(["--exact", "child", "--ignored", "--nocapture"]);
    command
        .env_remove("WORKBENCH_TAPS")
        .env_remove("WORKBENCH_INJECT");
    let Output {
        status,
        stdout,
        stderr,
    } = command.envs(variables.iter().copied()).output().unwrap();
    assert!(status.success());
    (
        String::from_utf8(stdout).unwrap(),
        String::from_utf8(stderr).unwrap(),
    )
}

fn save(path: &Path, name: &str, values: &Array1<f32>) {
    let bytes = values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect::<Vec<u8>>();
    let view = TensorView::new(safetensors::Dtype::F32, vec![values.len()], &bytes).unwrap();
    serialize_to_file([(name, view)], None, path).unwrap();
}

#[test]
fn nothing_is_installed_unless_asked_for() {
    let (stdout, _) = run(&[]);
    assert!(stdout.contains("installed Ok(false)"), "{stdout}");
}

#[test]
fn taps_are_written_in_order_and_repetitions_numbered() {
    let folder = tempfile::tempdir().unwrap();
    let taps = folder.path().join("made/here");
    run(&[("WORKBENCH_TAPS", &taps)]);
    let mut files = std::fs::read_dir(&taps)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect::<Vec<_>>();
    files.sort();
    let names = files.iter().map(|file| {
        let bytes = std::fs::read(file).unwrap();
        let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
        let about = header.metadata().as_ref().unwrap();
        assert_eq!(
            (about["kind"].as_str(), about["file"].as_str()),
            ("tap", file!())
        );
        SafeTensors::deserialize(&bytes).unwrap().names()[0].to_owned()
    });
    assert_eq!(
        names.collect::<Vec<_>>(),
        ["block.x", "block.x#1", "block.y"]
    );
    let second = std::fs::read(taps.join("000001.safetensors")).unwrap();
    let second = SafeTensors::deserialize(&second)
        .unwrap()
        .tensor("block.x#1")
        .unwrap()
        .data()
        .to_vec();
    assert_eq!(second, [3f32.to_le_bytes(), 4f32.to_le_bytes()].concat());
}

#[test]
fn a_tap_in_the_inject_file_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let inject = folder.path().join("reference.safetensors");
    save(&inject, "block.x#1", &arr1(&[7.0, 8.0]));
    let (stdout, _) = run(&[("WORKBENCH_INJECT", &inject)]);
    assert!(stdout.contains("x [1, 2]\nx [7, 8]\ny [5, 6]"), "{stdout}");
}

#[test]
fn that_replacements_are_read_is_said_beside_the_taps() {
    let folder = tempfile::tempdir().unwrap();
    let (inject, taps) = (
        folder.path().join("in.safetensors"),
        folder.path().join("taps"),
    );
    save(&inject, "block.none", &arr1(&[7.0]));
    run(&[("WORKBENCH_TAPS", &taps)]);
    assert!(!taps.join("injects").exists());
    run(&[("WORKBENCH_TAPS", &taps), ("WORKBENCH_INJECT", &inject)]);
    assert!(taps.join("injects").exists());
}

#[test]
fn a_replacement_of_another_shape_is_refused_aloud() {
    let folder = tempfile::tempdir().unwrap();
    let inject = folder.path().join("reference.safetensors");
    save(&inject, "block.y", &arr1(&[7.0]));
    let (stdout, stderr) = run(&[("WORKBENCH_INJECT", &inject)]);
    assert!(stdout.contains("y [5, 6]"), "{stdout}");
    assert!(
        stderr.contains("block.y was not replaced: it is f32 [2], not F32 [1]"),
        "{stderr}"
    );
}

#[test]
fn a_missing_inject_file_is_an_error() {
    let (stdout, _) = run(&[("WORKBENCH_INJECT", Path::new("nowhere.safetensors"))]);
    assert!(stdout.contains("installed Err("), "{stdout}");
}
