//! Where a tokenizer's files are.

use candle_core::{Result, bail};
use std::env;
use std::path::{Path, PathBuf};

/// The folder of a model that its tokenizer may have for itself.
const OWN_FOLDER: &str = "CosyVoice-BlankEN";

/// A tokenizer's files.
#[derive(Debug, PartialEq, Eq)]
pub enum Files {
    /// The whole, as `tokenizer.json`.
    Whole(PathBuf),
    /// `vocab.json` and `merges.txt`.
    Parts(PathBuf, PathBuf),
}

impl Files {
    /// Those of the folder that `MODEL_DIR` names.
    ///
    /// # Errors
    /// If it names none, or one without them.
    pub fn of_model() -> Result<Self> {
        match env::var_os("MODEL_DIR") {
            Some(folder) => Self::in_folder(Path::new(&folder)),
            None => bail!(
                "text needs a tokenizer: set MODEL_DIR to a folder with tokenizer.json, or with vocab.json and \
                 merges.txt"
            ),
        }
    }

    /// Those of a model's folder.
    ///
    /// # Errors
    /// If it has none.
    pub fn in_folder(folder: &Path) -> Result<Self> {
        let found = [folder.to_owned(), folder.join(OWN_FOLDER)]
            .iter()
            .find_map(|folder| Self::beside(folder));
        found.ok_or_else(|| {
            candle_core::Error::msg(format!(
                "{} has no tokenizer: put tokenizer.json, or vocab.json and merges.txt, there or into its \
                 {OWN_FOLDER}",
                folder.display()
            ))
        })
    }

    fn beside(folder: &Path) -> Option<Self> {
        let at = |name: &str| Some(folder.join(name)).filter(|path| path.is_file());
        let parts = || Some(Self::Parts(at("vocab.json")?, at("merges.txt")?));
        at("tokenizer.json").map(Self::Whole).or_else(parts)
    }
}
