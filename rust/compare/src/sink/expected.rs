//! What a run is held against.

use std::fmt;

use crate::sink::element::Element;

/// Fewer bytes are not worth a call to let them go.
const WORTH: usize = 1 << 20;

/// Bytes that stay where they are and as they are.
pub struct Bytes {
    owner: Box<dyn AsRef<[u8]> + Send + Sync>,
    in_file: bool,
}

impl Bytes {
    /// Bytes in memory.
    pub fn in_memory(owner: impl AsRef<[u8]> + Send + Sync + 'static) -> Self {
        Self {
            owner: Box::new(owner),
            in_file: false,
        }
    }

    /// Bytes of a mapped file.
    ///
    /// # Safety
    /// Nobody may write to the mapping: what is let go is read from the file again.
    pub unsafe fn in_file(owner: impl AsRef<[u8]> + Send + Sync + 'static) -> Self {
        Self {
            owner: Box::new(owner),
            in_file: true,
        }
    }

    /// Lets the memory of many bytes of a file go until they are read again.
    pub fn release(&self) {
        let bytes = self.as_ref();
        if !self.in_file || bytes.len() < WORTH {
            return;
        }
        // SAFETY: sysconf has no preconditions.
        let page = usize::try_from(unsafe { libc::sysconf(libc::_SC_PAGESIZE) }).unwrap_or(4096);
        let start = bytes.as_ptr().addr().next_multiple_of(page);
        let end = (bytes.as_ptr().addr() + bytes.len()) / page * page;
        let first = bytes.as_ptr().with_addr(start).cast_mut().cast();
        // SAFETY: these pages are of a mapped file that nobody writes to; reading them brings them back.
        unsafe { libc::madvise(first, end - start, libc::MADV_DONTNEED) };
    }
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        (*self.owner).as_ref()
    }
}

/// What a run is held against at one tap.
pub struct Expected {
    /// Index in the capture's manifest.
    pub order: i64,
    /// The element type of the reference.
    pub element: Element,
    /// Its shape.
    pub shape: Vec<usize>,
    /// The reference's tensor: as many elements as the shape has.
    pub reference: Bytes,
    /// Its noise in float32, as many again.
    pub noise: Option<Bytes>,
    /// Whether the port is to go on with the reference's tensor.
    pub injected: bool,
}

impl Expected {
    /// Lets the memory of both tensors go until they are read again.
    pub fn release(&self) {
        self.reference.release();
        if let Some(noise) = &self.noise {
            noise.release();
        }
    }
}

impl fmt::Debug for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (order, element, shape) = (&self.order, &self.element, &self.shape);
        write!(f, "Expected({order}, {element:?}, {shape:?})")
    }
}
