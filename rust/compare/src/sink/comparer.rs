//! The thread that compares and sends.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::thread::{Builder, JoinHandle, sleep};
use std::time::Duration;

use crate::sink::crash::{self, Pending};
use crate::sink::element::Element;
use crate::sink::expected::Expected;
use crate::sink::measured::measure;
use crate::sink::message::TapCompared;
use crate::sink::outlet::Outlet;
use crate::sink::pool::Pool;

/// Taps that may wait. Together with the one being compared and those being copied they bound the memory.
const WAITING: usize = 8;

/// How long the thread sleeps while there is nothing to do: longer each time.
const SHORTEST: Duration = Duration::from_micros(50);
const LONGEST: Duration = Duration::from_micros(400);

/// A row without its measures, and what they are to be taken of.
#[derive(Debug)]
pub struct Job {
    /// The row.
    pub row: TapCompared,
    /// A copy of the port's tensor and what it is held against, where it can be compared.
    pub pair: Option<(Vec<u8>, Element, Arc<Expected>)>,
}

/// Compares and sends in the order in which jobs come, on a thread of its own.
#[derive(Debug)]
pub struct Comparer {
    jobs: RwLock<Option<SyncSender<(Job, Pending)>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    pool: Pool,
    failure: OnceLock<String>,
}

impl Comparer {
    /// Starts the thread.
    ///
    /// # Errors
    /// Where the system has no thread left.
    pub fn start(outlet: Outlet) -> std::io::Result<Self> {
        crash::prepare();
        let shared = Arc::new(Shared::default());
        let (jobs, waiting) = sync_channel(WAITING);
        let theirs = Arc::clone(&shared);
        let thread = Builder::new().name("workbench-compare".to_owned());
        let thread = thread.spawn(move || theirs.work(&waiting, outlet))?;
        Ok(Self {
            jobs: RwLock::new(Some(jobs)),
            thread: Mutex::new(Some(thread)),
            shared,
        })
    }

    /// A copy of a tensor in a buffer for a job.
    pub fn copy(&self, content: &[u8]) -> Vec<u8> {
        self.shared.pool.copy(content)
    }

    /// Takes a job; waits while too many wait already.
    pub fn take(&self, job: Job) {
        let jobs = self.jobs.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(jobs) = jobs.as_ref() {
            let _ = jobs.send((job, Pending::new()));
        }
    }

    /// Keeps what went wrong, if it is the first; returns nothing, which is what becomes of the tap.
    pub fn fail<T>(&self, failure: String) -> Option<T> {
        let _ = self.shared.failure.set(failure);
        None
    }

    /// What went wrong first.
    pub fn failure(&self) -> Option<&str> {
        self.shared.failure.get().map(String::as_str)
    }

    /// Ends the thread once every job is done; later ones are dropped.
    pub fn close(&self) {
        drop(
            self.jobs
                .write()
                .unwrap_or_else(PoisonError::into_inner)
                .take(),
        );
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(thread) = thread {
            let _ = thread.join();
        }
    }
}

impl Drop for Comparer {
    fn drop(&mut self) {
        self.close();
    }
}

impl Shared {
    /// Does every job; after a failure, none.
    fn work(&self, jobs: &Receiver<(Job, Pending)>, mut outlet: Outlet) {
        while let Some((job, _pending)) = next(jobs) {
            if self.failure.get().is_some() {
                continue;
            }
            let done = catch_unwind(AssertUnwindSafe(|| self.send(job, &mut outlet)));
            if let Err(failure) = done.unwrap_or_else(|panic| Err(words(&*panic))) {
                let _ = self.failure.set(failure);
            }
        }
    }

    fn send(&self, job: Job, outlet: &mut Outlet) -> Result<(), String> {
        let Job { mut row, pair } = job;
        if let Some((content, element, expected)) = pair {
            row.measured = Some(measure(&content, element, &expected)?);
            self.pool.give(content);
            expected.release();
        }
        let sent = outlet.put(&row);
        sent.map_err(|error| format!("tap `{}` could not be sent: {error}", row.name))
    }
}

/// The next job, once there is one; none after the last. The thread looks for work from time to time
/// and sleeps in between: to be woken would cost the model's thread more than a copy does.
fn next<T>(jobs: &Receiver<T>) -> Option<T> {
    let mut pause = SHORTEST;
    loop {
        match jobs.try_recv() {
            Ok(job) => return Some(job),
            Err(TryRecvError::Disconnected) => return None,
            Err(TryRecvError::Empty) => sleep(pause),
        }
        pause = LONGEST.min(2 * pause);
    }
}

/// What a panic said.
pub fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    format!("the sink panicked: {}", text.unwrap_or("no message"))
}
