use std::ffi::{c_char, c_void};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};

/// One tap as the sink sees it. Strings are UTF-8 without a final NUL; all pointers end with the call.
#[repr(C)]
#[derive(Debug)]
pub struct WorkbenchTap {
    /// Full name of the tap.
    pub name: *const c_char,
    /// Bytes of `name`.
    pub name_len: usize,
    /// `"tap"`, or the class of the layer.
    pub kind: *const c_char,
    /// Bytes of `kind`.
    pub kind_len: usize,
    /// Source file of the caller, as rustc knows it.
    pub file: *const c_char,
    /// Bytes of `file`.
    pub file_len: usize,
    /// One of `f32 f64 f16 bf16 u8 u32 i16 i32 i64`.
    pub dtype: *const c_char,
    /// Bytes of `dtype`.
    pub dtype_len: usize,
    /// Line of the caller in `file`, from 1.
    pub line: u64,
    /// Sizes of the dimensions.
    pub shape: *const usize,
    /// Number of dimensions.
    pub rank: usize,
    /// The elements, contiguous, row-major.
    pub data: *const c_void,
    /// Bytes of `data`.
    pub bytes: usize,
}

/// Receives a tap. Null keeps the tensor; otherwise `bytes` bytes of the same shape and dtype replace it, and are
/// copied before the port goes on. It may be called from any thread and must not unwind.
pub type WorkbenchSink =
    unsafe extern "C" fn(context: *mut c_void, tap: *const WorkbenchTap) -> *const c_void;

#[derive(Clone, Copy)]
pub(crate) struct Installed {
    pub(crate) sink: WorkbenchSink,
    pub(crate) context: *mut c_void,
}

// SAFETY: the context is only handed back to the sink, which by its contract may be called from any thread.
unsafe impl Send for Installed {}
// SAFETY: as for `Send`.
unsafe impl Sync for Installed {}

static ACTIVE: AtomicBool = AtomicBool::new(false);
static INSTALLED: RwLock<Option<Installed>> = RwLock::new(None);

/// Whether a sink is installed.
#[inline]
pub fn active() -> bool {
    ACTIVE.load(Ordering::Relaxed)
}

/// The installed sink; a copy, so that no lock is held while the sink runs.
pub(crate) fn installed() -> Option<Installed> {
    *INSTALLED.read().unwrap_or_else(PoisonError::into_inner)
}

/// Installs the sink of the explicit taps; null uninstalls it.
///
/// # Safety
/// `sink` must stay callable with `context` until another one is installed and the calls under way have returned.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn workbench_tap_install_v1(
    sink: Option<WorkbenchSink>,
    context: *mut c_void,
) {
    let new = sink.map(|sink| Installed { sink, context });
    *INSTALLED.write().unwrap_or_else(PoisonError::into_inner) = new;
    ACTIVE.store(new.is_some(), Ordering::Release);
}
