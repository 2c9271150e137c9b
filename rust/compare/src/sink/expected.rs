//! What a run is held against.

use std::fmt;

use crate::sink::element::Element;

/// Bytes that stay where they are and as they are.
pub type Bytes = Box<dyn AsRef<[u8]> + Send + Sync>;

/// What a run is held against at one tap.
pub struct Expected {
    /// Index in the capture's manifest.
    pub order: i64,
    /// The element type of the reference.
    pub element: Element,
    /// Its shape.
    pub shape: Vec<usize>,
    /// The reference's tensor: as many elements as the shape has.
    pub reference: Bytes,
    /// Its noise in float32, as many again.
    pub noise: Option<Bytes>,
    /// Whether the port is to go on with the reference's tensor.
    pub injected: bool,
}

impl fmt::Debug for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (order, element, shape) = (&self.order, &self.element, &self.shape);
        write!(f, "Expected({order}, {element:?}, {shape:?})")
    }
}
