//! One tensor of the port that somebody wants to have whole.

use std::sync::OnceLock;

use crate::sink::tap::Tap;

/// Element type, sizes and bytes of a tensor.
pub type Whole = (String, Vec<usize>, Vec<u8>);

/// The first tensor that comes under a name.
#[derive(Debug)]
pub struct Kept {
    name: String,
    tensor: OnceLock<Whole>,
}

impl Kept {
    /// Waits for `name`, a reference name; for nothing where it is empty.
    pub fn new(name: String) -> Self {
        Self {
            name,
            tensor: OnceLock::new(),
        }
    }

    /// Copies the tensor if it is the one.
    pub fn offer(&self, name: &str, tap: &Tap<'_>) {
        if name == self.name {
            let dtype = String::from_utf8_lossy(tap.dtype).into_owned();
            self.tensor
                .get_or_init(|| (dtype, tap.shape.to_vec(), tap.content.to_vec()));
        }
    }

    /// The tensor, once it has come.
    pub fn tensor(&self) -> Option<&Whole> {
        self.tensor.get()
    }
}
