//! The C function of a sink and its context. A context is a number and no address, so that a thread
//! of the port that is late finds nothing instead of freed memory.

use std::collections::BTreeMap;
use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use tap::WorkbenchTap;

use crate::sink::interface::read;
use crate::sink::run::Run;

static NEXT: AtomicUsize = AtomicUsize::new(1);
static RUNS: RwLock<BTreeMap<usize, Arc<Run>>> = RwLock::new(BTreeMap::new());

/// A run that [`receive`] knows; forgotten when dropped.
#[derive(Debug)]
pub struct Installed(usize);

impl Installed {
    /// Makes a run known.
    pub fn new(run: Arc<Run>) -> Self {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let mut runs = RUNS.write().unwrap_or_else(PoisonError::into_inner);
        runs.insert(number, run);
        Self(number)
    }

    /// What [`receive`] wants as its context.
    pub fn context(&self) -> *mut c_void {
        ptr::without_provenance_mut(self.0)
    }
}

impl Drop for Installed {
    fn drop(&mut self) {
        let mut runs = RUNS.write().unwrap_or_else(PoisonError::into_inner);
        runs.remove(&self.0);
    }
}

/// Takes a tap of the C interface, from any thread; returns null or the address of its replacement,
/// which stays there until the end of the run. Never unwinds.
///
/// # Safety
/// `tap` must point to a tap that is valid until this returns.
pub unsafe extern "C" fn receive(context: *mut c_void, tap: *const WorkbenchTap) -> *const c_void {
    let runs = RUNS.read().unwrap_or_else(PoisonError::into_inner);
    let run = runs.get(&context.addr()).cloned();
    drop(runs);
    // SAFETY: the caller's promise.
    let tap = unsafe { read(&*tap) };
    let replacement = run.and_then(|run| run.take(&tap));
    replacement.map_or(ptr::null(), |(address, _)| address.cast())
}
