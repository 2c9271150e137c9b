use candle_core::Error;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

/// candle's error as Python's `RuntimeError`: its text with all context. The backtrace that candle took, where
/// `RUST_BACKTRACE` asks for it, is a note of the exception.
pub(crate) fn python_error(py: Python<'_>, error: &Error) -> PyErr {
    let raised = PyRuntimeError::new_err(text(error));
    if let Some(backtrace) = backtrace(error) {
        // The error is worth raising without its note, too.
        let _ = raised.value(py).call_method1("add_note", (backtrace,));
    }
    raised
}

fn text(error: &Error) -> String {
    match error {
        Error::WithBacktrace { inner, .. } => text(inner),
        Error::Context { inner, context } => format!("{context}\n{}", text(inner)),
        Error::WithPath { inner, path } => format!("{}: {}", path.display(), text(inner)),
        other => other.to_string(),
    }
}

fn backtrace(error: &Error) -> Option<String> {
    match error {
        Error::WithBacktrace { backtrace, .. } => Some(backtrace.to_string()),
        Error::Context { inner, .. } | Error::WithPath { inner, .. } => backtrace(inner),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::text;
    use candle_core::Error;

    #[test]
    fn the_text_has_path_and_context_but_no_backtrace() {
        let error = Error::Msg("no such weight".to_owned());
        let backtrace = Box::new(std::backtrace::Backtrace::force_capture());
        let error = Error::WithBacktrace {
            inner: Box::new(error),
            backtrace,
        };
        let error = error.with_path("flow.safetensors").context("flow.dit");
        assert_eq!(text(&error), "flow.dit\nflow.safetensors: no such weight");
    }
}
