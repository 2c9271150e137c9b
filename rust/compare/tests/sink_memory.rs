//! However many taps come, and however large they are together: a few of the largest are in memory.

use std::alloc::{GlobalAlloc, Layout, System};
use std::collections::HashMap;
use std::io::{Read, copy, sink};
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use _kernel::sink::{Bytes, Element, Expected, Names, Run, Settings, Tap};

static NOW: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

/// Counts the bytes that are allocated.
struct Counting;

// SAFETY: everything is the system's; the counters allocate nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let now = NOW.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        MOST.fetch_max(now, Ordering::Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, start: *mut u8, layout: Layout) {
        NOW.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(start, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// One tensor that many taps are held against.
struct Shared(Arc<Vec<u8>>);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

#[test]
fn the_sum_of_the_taps_is_never_in_memory() {
    const LENGTH: usize = 1 << 18;
    const TAPS: usize = 200;
    let tensor = Arc::new(vec![1; 4 * LENGTH]);
    let one = |index| Expected {
        order: index,
        element: Element::F32,
        shape: vec![LENGTH],
        reference: Bytes::in_memory(Shared(Arc::clone(&tensor))),
        noise: Some(Bytes::in_memory(Shared(Arc::clone(&tensor)))),
        injected: false,
    };
    let names: Vec<String> = (0..TAPS).map(|index| format!("x{index}")).collect();
    let (ours, mut theirs) = UnixStream::pair().unwrap();
    let run = Run::start(Settings {
        run: "free".to_owned(),
        socket: ours.as_raw_fd(),
        names: Names::default(),
        expected: names
            .iter()
            .cloned()
            .zip((0..).map(one))
            .collect::<HashMap<_, _>>(),
        keep: String::new(),
    });
    let run = run.unwrap();
    let before = MOST.swap(NOW.load(Ordering::Relaxed), Ordering::Relaxed);
    assert!(before < 4 * tensor.len());
    let reading = thread::spawn(move || copy(&mut theirs.by_ref(), &mut sink()).unwrap());
    for name in &names {
        run.take(&Tap {
            name: name.as_bytes(),
            kind: b"tap",
            file: b"",
            dtype: b"f32",
            line: 0,
            shape: &[LENGTH],
            content: &tensor,
        });
    }
    run.close();
    drop((run, ours));
    reading.join().unwrap();
    let most = MOST.load(Ordering::Relaxed) / tensor.len();
    assert!((5..14).contains(&most), "{most} tensors at once");
}
