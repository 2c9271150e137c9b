//! Why two tensors cannot be compared.

use crate::sink::element::Element;
use crate::sink::expected::Expected;
use crate::sink::tap::Tap;

/// The tap's element type where it can be compared.
///
/// # Errors
/// Why it cannot, in one sentence.
pub fn comparable(tap: &Tap<'_>, expected: &Expected) -> Result<Element, String> {
    let shape = text(tap.shape);
    if tap.shape != expected.shape {
        let other = text(&expected.shape);
        return Err(format!("shape {shape}, the reference has {other}"));
    }
    let dtype = String::from_utf8_lossy(tap.dtype);
    let Some(element) = Element::named(tap.dtype) else {
        return Err(format!(
            "dtype '{dtype}', which the workbench does not know"
        ));
    };
    let other = expected.element;
    if element.is_float() != other.is_float() {
        let other = other.name();
        return Err(format!("dtype {dtype}, the reference has {other}"));
    }
    let (size, needed) = (
        tap.content.len(),
        element.size() * tap.shape.iter().product::<usize>(),
    );
    if size != needed {
        return Err(format!(
            "{size} bytes, but {dtype} of shape {shape} has {needed}"
        ));
    }
    Ok(element)
}

fn text(shape: &[usize]) -> String {
    if shape.is_empty() {
        return "scalar".to_owned();
    }
    let lengths: Vec<_> = shape.iter().map(usize::to_string).collect();
    lengths.join("×")
}
