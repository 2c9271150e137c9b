//! What a process that crashes does first: it lets the rows out that are still being compared, so
//! that the last of them names the tap after which it happened.

use std::ptr;
use std::sync::Once;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::Duration;

use libc::{SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, c_int, sigaction};

const SIGNALS: [c_int; 5] = [SIGSEGV, SIGABRT, SIGBUS, SIGILL, SIGFPE];
/// How long a crash waits, in steps of a millisecond: the comparing thread may never come back.
const STEPS: usize = 2000;

static PENDING: AtomicUsize = AtomicUsize::new(0);
static PREVIOUS: [AtomicPtr<sigaction>; SIGNALS.len()] =
    [const { AtomicPtr::new(ptr::null_mut()) }; SIGNALS.len()];
static PREPARED: Once = Once::new();

/// A row on its way; dropped when it has left.
#[derive(Debug)]
pub struct Pending;

impl Pending {
    /// One more row on its way.
    pub fn new() -> Self {
        PENDING.fetch_add(1, Ordering::AcqRel);
        Self
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        PENDING.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Makes crashes and exits of this process wait; once is enough, forks included.
pub fn prepare() {
    PREPARED.call_once(|| {
        for (signal, previous) in SIGNALS.into_iter().zip(&PREVIOUS) {
            take_over(signal, previous);
        }
        // SAFETY: the function is never unloaded with the extension, which Python keeps.
        unsafe { libc::atexit(let_out) };
    });
}

fn take_over(signal: c_int, previous: &'static AtomicPtr<sigaction>) {
    // SAFETY: all zero is a valid `sigaction`, and both pointers are to live ones.
    unsafe {
        let mut old: sigaction = std::mem::zeroed();
        libc::sigaction(signal, ptr::null(), &raw mut old);
        previous.store(Box::into_raw(Box::new(old)), Ordering::Release);
        let mut new: sigaction = std::mem::zeroed();
        new.sa_sigaction = crashed as extern "C" fn(c_int) as usize;
        new.sa_flags = libc::SA_ONSTACK;
        libc::sigaction(signal, &raw const new, ptr::null_mut());
    }
}

/// Waits for the rows and gives the signal to whom it belonged before. Nothing here allocates or
/// takes a lock.
extern "C" fn crashed(signal: c_int) {
    let_out();
    let known = SIGNALS.iter().position(|&known| known == signal);
    let previous = known.map_or(ptr::null_mut(), |at| PREVIOUS[at].load(Ordering::Acquire));
    // SAFETY: `previous` is null or what `take_over` has kept. The signal is blocked until this returns.
    unsafe {
        libc::sigaction(signal, previous, ptr::null_mut());
        libc::raise(signal);
    }
}

extern "C" fn let_out() {
    for _ in 0..STEPS {
        if PENDING.load(Ordering::Acquire) == 0 {
            return;
        }
        sleep(Duration::from_millis(1));
    }
}
