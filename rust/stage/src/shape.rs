//! Shapes with named sizes, such as `"b 80 t"`.

use std::collections::HashMap;

/// The sizes that names have taken so far in one run.
#[derive(Debug, Default)]
pub(crate) struct Sizes(HashMap<String, usize>);

impl Sizes {
    /// Whether `dims` fits `pattern`; then its free names are bound, otherwise nothing changes.
    pub(crate) fn bind(&mut self, pattern: &str, dims: &[usize]) -> bool {
        let mut new = self.0.clone();
        let words = pattern.split_whitespace();
        let fits = words.clone().count() == dims.len()
            && words
                .zip(dims)
                .all(|(word, &size)| match word.parse::<usize>() {
                    Ok(fixed) => fixed == size,
                    Err(_) => *new.entry(word.to_owned()).or_insert(size) == size,
                });
        if fits {
            self.0 = new;
        }
        fits
    }

    /// The pattern for people: `[b=2, 80, t=100]`, with the sizes that are known.
    pub(crate) fn describe(&self, pattern: &str) -> String {
        let word = |word: &str| match self.0.get(word) {
            Some(size) => format!("{word}={size}"),
            None => word.to_owned(),
        };
        format!(
            "[{}]",
            pattern
                .split_whitespace()
                .map(word)
                .collect::<Vec<_>>()
                .join(", ")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Sizes;

    #[test]
    fn a_name_keeps_its_first_size() {
        let mut sizes = Sizes::default();
        assert!(sizes.bind("b 80 t", &[2, 80, 100]));
        assert!(sizes.bind("b t", &[2, 100]));
        assert!(!sizes.bind("b t", &[2, 99]));
        assert!(!sizes.bind("n n", &[3, 4]));
    }

    #[test]
    fn number_and_rank_must_fit() {
        assert!(!Sizes::default().bind("b 80 t", &[2, 79, 100]));
        assert!(!Sizes::default().bind("b 80 t", &[2, 80]));
    }

    #[test]
    fn a_misfit_binds_nothing() {
        let mut sizes = Sizes::default();
        assert!(!sizes.bind("b 80", &[2, 79]));
        assert_eq!(sizes.describe("b 80"), "[b, 80]");
    }

    #[test]
    fn known_sizes_are_described() {
        let mut sizes = Sizes::default();
        assert!(sizes.bind("b", &[2]));
        assert_eq!(sizes.describe("b 80 t"), "[b=2, 80, t]");
    }
}
