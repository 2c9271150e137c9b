//! The reference's tensors in the port's element types.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::sink::convert::convert;
use crate::sink::element::Element;
use crate::sink::expected::Expected;

/// Tensors by their order in the manifest and their element type.
type Converted = HashMap<(i64, Element), Arc<[u8]>>;

/// Where converted tensors lie until the end of the run.
#[derive(Debug, Default)]
pub struct Replacements {
    converted: Mutex<Converted>,
}

impl Replacements {
    /// The first byte of the reference's tensor in this element type, valid as long as `expected`
    /// and `self` are both alive, and how many bytes there are.
    pub fn of(&self, expected: &Expected, element: Element) -> (*const u8, usize) {
        let reference = expected.reference.as_ref();
        if element == expected.element {
            return (reference.as_ptr(), reference.len());
        }
        let mut converted = self
            .converted
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let kept = converted
            .entry((expected.order, element))
            .or_insert_with(|| convert(reference, expected.element, element).into());
        (kept.as_ptr(), kept.len())
    }
}
