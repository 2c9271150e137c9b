//! The end of the run's socket that rows leave through.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::{BorrowedFd, RawFd};

use crate::sink::message::TapCompared;

/// Writes messages to a stream, one JSON object per line.
#[derive(Debug)]
pub struct Outlet {
    stream: File,
    line: Vec<u8>,
}

impl Outlet {
    /// An outlet with a descriptor of its own for what `descriptor` is open on.
    ///
    /// # Errors
    /// Where the descriptor is not open.
    pub fn new(descriptor: RawFd) -> io::Result<Self> {
        // SAFETY: it is only used for this call; one that is not open is an error of `dup`.
        let stream = unsafe { BorrowedFd::borrow_raw(descriptor) }.try_clone_to_owned()?;
        Ok(Self {
            stream: File::from(stream),
            line: Vec::new(),
        })
    }

    /// Sends one message now: what were held back would be lost in a crash.
    ///
    /// # Errors
    /// Where the other side is gone.
    pub fn put(&mut self, message: &TapCompared) -> io::Result<()> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, message)?;
        self.line.push(b'\n');
        self.stream.write_all(&self.line)
    }
}
