//! The taps of one run.

use std::collections::HashMap;
use std::io;
use std::os::fd::RawFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::sink::comparer::{Comparer, Job, words};
use crate::sink::element::Element;
use crate::sink::expected::Expected;
use crate::sink::kept::{Kept, Whole};
use crate::sink::message::TapCompared;
use crate::sink::names::Names;
use crate::sink::outlet::Outlet;
use crate::sink::problem::comparable;
use crate::sink::replacements::Replacements;
use crate::sink::tap::Tap;

/// What a run is told before it begins.
#[derive(Debug)]
pub struct Settings {
    /// `injected` or `free`.
    pub run: String,
    /// The descriptor that rows are written to.
    pub socket: RawFd,
    /// How native names become the reference's.
    pub names: Names,
    /// What to compare with, by the reference's names.
    pub expected: HashMap<String, Expected>,
    /// The reference name of a tensor to keep whole; empty for none.
    pub keep: String,
}

/// The sink of one run; may be called from any thread. What goes wrong inside is kept in
/// [`Run::failure`], after which taps are only let through.
#[derive(Debug)]
pub struct Run {
    run: String,
    expected: HashMap<String, Arc<Expected>>,
    replacements: Replacements,
    comparer: Comparer,
    seen: Mutex<Seen>,
    kept: Kept,
    nanoseconds: AtomicU64,
}

/// What has come so far.
#[derive(Debug)]
struct Seen {
    names: Names,
    listed: Vec<String>,
    unnamed: usize,
    lines: HashMap<Vec<u8>, u64>,
}

impl Run {
    /// Starts the run's comparing thread.
    ///
    /// # Errors
    /// Where the socket is not open or the system has no thread left.
    pub fn start(settings: Settings) -> io::Result<Self> {
        let expected = settings.expected.into_iter();
        let seen = Seen {
            names: settings.names,
            listed: Vec::new(),
            unnamed: 0,
            lines: HashMap::new(),
        };
        Ok(Self {
            run: settings.run,
            expected: expected
                .map(|(name, expected)| (name, Arc::new(expected)))
                .collect(),
            replacements: Replacements::default(),
            comparer: Comparer::start(Outlet::new(settings.socket)?)?,
            seen: Mutex::new(seen),
            kept: Kept::new(settings.keep),
            nanoseconds: AtomicU64::new(0),
        })
    }

    /// Takes a tap; returns the bytes that replace it, which stay in place until the end of the run.
    pub fn take(&self, tap: &Tap<'_>) -> Option<(*const u8, usize)> {
        let begun = Instant::now();
        let taken = catch_unwind(AssertUnwindSafe(|| self.taken(tap)));
        let replacement = taken.unwrap_or_else(|panic| self.comparer.fail(words(&*panic)));
        let spent = begun.elapsed().as_nanos() as u64;
        self.nanoseconds.fetch_add(spent, Ordering::Relaxed);
        replacement
    }

    fn taken(&self, tap: &Tap<'_>) -> Option<(*const u8, usize)> {
        if self.failure().is_some() {
            return None;
        }
        let (name, first_line) = self.seen().next(tap)?;
        let (expected, element) = self.compare(tap, name, first_line)?;
        let injected = expected.injected.then_some(expected)?;
        Some(self.replacements.of(injected, element))
    }

    /// Compares one of the run's outputs, whose name is the reference's.
    pub fn output(&self, tap: &Tap<'_>) {
        let name = String::from_utf8_lossy(tap.name).into_owned();
        self.compare(tap, name, 0);
    }

    /// Has a tap compared and sent; returns what it is compared with, if it can be.
    fn compare(
        &self,
        tap: &Tap<'_>,
        name: String,
        first_line: u64,
    ) -> Option<(&Arc<Expected>, Element)> {
        self.kept.offer(&name, tap);
        let expected = self.expected.get(&name);
        let element = expected
            .map(|expected| comparable(tap, expected))
            .transpose();
        let (element, problem) =
            element.map_or_else(|problem| (None, problem), |known| (known, String::new()));
        let found = expected.zip(element);
        let pair = found.map(|(expected, element)| {
            let content = self.comparer.copy(tap.content);
            (content, element, Arc::clone(expected))
        });
        let row = TapCompared {
            order: expected.map_or(-1, |expected| expected.order),
            problem,
            ..self.row(tap, name, first_line)
        };
        self.comparer.take(Job { row, pair });
        found
    }

    fn row(&self, tap: &Tap<'_>, name: String, first_line: u64) -> TapCompared {
        let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
        TapCompared {
            run: self.run.clone(),
            order: -1,
            name,
            kind: text(tap.kind),
            dtype: text(tap.dtype),
            shape: tap.shape.to_vec(),
            file: text(tap.file),
            line: tap.line,
            first_line,
            problem: String::new(),
            measured: None,
        }
    }

    /// Ends the comparing thread once every tap is compared and sent.
    pub fn close(&self) {
        self.comparer.close();
    }

    /// What went wrong first.
    pub fn failure(&self) -> Option<&str> {
        self.comparer.failure()
    }

    /// The taps that came, in order, by the reference's names.
    pub fn names(&self) -> Vec<String> {
        self.seen().listed.clone()
    }

    /// The tensor that was to be kept, once it has come.
    pub fn kept(&self) -> Option<&Whole> {
        self.kept.tensor()
    }

    /// How many layers came without a name.
    pub fn unnamed(&self) -> usize {
        self.seen().unnamed
    }

    /// Time that the port has spent in here.
    pub fn spent(&self) -> Duration {
        Duration::from_nanos(self.nanoseconds.load(Ordering::Relaxed))
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seen {
    /// The reference name of a tap, and the line of the one before it in its file where that is smaller, else 0.
    fn next(&mut self, tap: &Tap<'_>) -> Option<(String, u64)> {
        if tap.name.is_empty() {
            self.unnamed += 1;
            return None;
        }
        let name = self.names.next(tap.name);
        self.listed.push(name.clone());
        let before = match self.lines.get_mut(tap.file) {
            Some(line) => std::mem::replace(line, tap.line),
            None => self.lines.insert(tap.file.to_vec(), tap.line).unwrap_or(0),
        };
        Some((name, if before < tap.line { before } else { 0 }))
    }
}
