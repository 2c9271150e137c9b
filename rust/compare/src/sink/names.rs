//! Native tap names to reference names.

use std::collections::HashMap;

/// The names of one run: the prefix goes, the session's map applies, repeats are numbered `#1`, `#2`, ….
#[derive(Debug, Default)]
pub struct Names {
    prefix: String,
    renamed: HashMap<String, String>,
    seen: HashMap<String, usize>,
}

impl Names {
    /// The rules of one run. `renamed` leads from a native name without `prefix` to the reference's.
    pub fn new(prefix: String, renamed: HashMap<String, String>) -> Self {
        Self {
            prefix,
            renamed,
            seen: HashMap::new(),
        }
    }

    /// The reference name of the tap that the port calls `native` (UTF-8) this time.
    pub fn next(&mut self, native: &[u8]) -> String {
        let native = String::from_utf8_lossy(native);
        let name = native.strip_prefix(&self.prefix).unwrap_or(&native);
        let stem = self.renamed.get(name).map_or(name, String::as_str);
        if let Some(times) = self.seen.get_mut(stem) {
            *times += 1;
            return format!("{stem}#{times}");
        }
        self.seen.insert(stem.to_owned(), 0);
        stem.to_owned()
    }
}
