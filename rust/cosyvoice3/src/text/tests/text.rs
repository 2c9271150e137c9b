//! The text tokenizer on a small vocabulary, against transformers' `Qwen2Tokenizer` 4.51.3 with CosyVoice3's tokens added.

use serde::Deserialize;
use std::path::{Path, PathBuf};
use text::{files::Files, tokenizer::TextTokenizer};

#[derive(Deserialize)]
struct Case {
    text: String,
    ids: Vec<u32>,
}

/// `vocab.json` and `merges.txt`, made of the session's sentences, and `cases.json`: `Qwen2Tokenizer`'s ids.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/text")
}

#[test]
fn ids_are_those_of_transformers() {
    let tokenizer = TextTokenizer::new(&Files::in_folder(&folder()).unwrap()).unwrap();
    let cases = std::fs::read_to_string(folder().join("cases.json")).unwrap();
    let cases: Vec<Case> = serde_json::from_str(&cases).unwrap();
    assert_eq!(cases.len(), 14);
    for Case { text, ids } in cases {
        assert_eq!(tokenizer.encode(&text).unwrap(), ids, "{text:?}");
    }
}

#[test]
fn a_folder_without_a_tokenizer_is_named() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let error = Files::in_folder(&folder).unwrap_err().to_string();
    assert!(
        error.contains("src has no tokenizer: put tokenizer.json, or vocab.json and merges.txt"),
        "{error}"
    );
}

#[test]
fn a_model_that_is_not_named_is_asked_for() {
    if std::env::var_os("MODEL_DIR").is_none() {
        let error = Files::of_model().unwrap_err().to_string();
        assert!(
            error.starts_with("text needs a tokenizer: set MODEL_DIR to a folder with"),
            "{error}"
        );
    }
}
