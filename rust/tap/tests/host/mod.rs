//! A host as another process's language would be: it knows only the C interface.

use std::collections::HashMap;
use std::ffi::c_void;
use std::sync::{Mutex, PoisonError};
use tap::{WorkbenchTap, workbench_tap_install_v1};

/// What the sink was told of one tap.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    pub name: String,
    pub kind: String,
    pub file: String,
    pub line: u64,
    pub dtype: String,
    pub shape: Vec<usize>,
    pub data: Vec<u8>,
    pub address: usize,
}

impl Record {
    pub fn f32(&self) -> Vec<f32> {
        let (numbers, rest) = self.data.as_chunks();
        assert!(rest.is_empty());
        numbers
            .iter()
            .map(|&bytes| f32::from_ne_bytes(bytes))
            .collect()
    }
}

/// The replacement of a tap, put at an odd address: the interface promises no alignment.
pub fn bytes(numbers: &[f32]) -> Vec<u8> {
    let numbers = numbers.iter().flat_map(|number| number.to_ne_bytes());
    let bytes = std::iter::once(0).chain(numbers).collect::<Vec<u8>>();
    assert_eq!(bytes.as_ptr() as usize % 2, 0);
    bytes
}

struct Host {
    records: Mutex<Vec<Record>>,
    replacements: HashMap<&'static str, Vec<u8>>,
}

/// The sink is one for the process, so only one test listens at a time.
static LISTENING: Mutex<()> = Mutex::new(());

/// Runs `body` with a sink installed, and returns what the sink was told. A tap named in `replacements` is replaced.
pub fn listen<const N: usize>(
    replacements: [(&'static str, Vec<u8>); N],
    body: impl FnOnce(),
) -> Vec<Record> {
    let _alone = LISTENING.lock().unwrap_or_else(PoisonError::into_inner);
    let mut host = Host {
        records: Mutex::default(),
        replacements: replacements.into(),
    };
    // SAFETY: the sink is uninstalled before the host goes, and no thread outlives `body`.
    unsafe { workbench_tap_install_v1(Some(sink), (&raw mut host).cast()) };
    body();
    // SAFETY: no sink needs no context.
    unsafe { workbench_tap_install_v1(None, std::ptr::null_mut()) };
    host.records.into_inner().unwrap()
}

/// Runs `body` with no sink installed.
pub fn deaf<R>(body: impl FnOnce() -> R) -> R {
    let _alone = LISTENING.lock().unwrap_or_else(PoisonError::into_inner);
    body()
}

unsafe extern "C" fn sink(context: *mut c_void, tap: *const WorkbenchTap) -> *const c_void {
    // SAFETY: `listen` gave the host as context; the tap is valid during the call.
    let (host, seen) = unsafe { (&*context.cast::<Host>(), (*tap).read()) };
    host.records.lock().unwrap().push(Record {
        name: seen.name.to_owned(),
        kind: seen.kind.to_owned(),
        file: seen.file.to_owned(),
        line: seen.line,
        dtype: seen.dtype.to_owned(),
        shape: seen.shape.to_vec(),
        data: seen.data.to_vec(),
        address: seen.data.as_ptr() as usize,
    });
    let replacement = host.replacements.get(seen.name);
    replacement.map_or(std::ptr::null(), |bytes| bytes[1..].as_ptr().cast())
}
