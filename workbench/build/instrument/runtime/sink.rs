//! The C interface: who is given each tapped tensor, and what comes back.
use super::place::Place;
use candle::{CpuStorage, Device, Result, Storage, Tensor};
use std::ffi::c_void;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering};

/// One tapped tensor, as version 1 of the tap interface lays it out in C.
#[repr(C)]
pub struct Tap {
    name: *const u8,
    name_len: usize,
    kind: *const u8,
    kind_len: usize,
    file: *const u8,
    file_len: usize,
    dtype: *const u8,
    dtype_len: usize,
    line: u64,
    shape: *const usize,
    rank: usize,
    data: *const c_void,
    bytes: usize,
}

type Callback = unsafe extern "C" fn(*mut c_void, *const Tap) -> *const c_void;

pub(super) struct Sink {
    call: Callback,
    context: *mut c_void,
}

/// A sink that was replaced stays allocated: another thread may be inside it.
static SINK: AtomicPtr<Sink> = AtomicPtr::new(null_mut());

#[no_mangle]
pub extern "C" fn workbench_layers_install_v1(call: Option<Callback>, context: *mut c_void) {
    let sink = match call {
        Some(call) => Box::into_raw(Box::new(Sink { call, context })),
        None => null_mut(),
    };
    SINK.store(sink, Ordering::Release);
}

/// The installed sink: one atomic read.
#[inline]
pub(super) fn sink() -> Option<&'static Sink> {
    // SAFETY: a sink is never freed.
    unsafe { SINK.load(Ordering::Acquire).as_ref() }
}

impl Sink {
    /// The output, or what the host puts in its place.
    pub(super) fn replace(
        &self,
        name: &str,
        kind: &str,
        output: Tensor,
        place: Option<Place>,
    ) -> Result<Tensor> {
        let host = output.to_device(&Device::Cpu)?.contiguous()?;
        let (storage, layout) = host.storage_and_layout();
        let (Storage::Cpu(storage), Some((start, end))) = (&*storage, layout.contiguous_offsets())
        else {
            return Ok(output);
        };
        let Some(data) = bytes(storage, start, end) else {
            return Ok(output);
        };
        let (file, line) = place.map_or(("", 0), |at| (at.file(), at.line()));
        let (dtype, shape) = (output.dtype(), output.dims());
        match self.offer([name, kind, file, dtype.as_str()], line, shape, data) {
            None => Ok(output),
            Some(new) => Tensor::from_raw_buffer(new, dtype, shape, output.device()),
        }
    }

    fn offer<'a>(
        &self,
        [name, kind, file, dtype]: [&str; 4],
        line: u32,
        shape: &[usize],
        data: &[u8],
    ) -> Option<&'a [u8]> {
        let tap = Tap {
            name: name.as_ptr(),
            name_len: name.len(),
            kind: kind.as_ptr(),
            kind_len: kind.len(),
            file: file.as_ptr(),
            file_len: file.len(),
            dtype: dtype.as_ptr(),
            dtype_len: dtype.len(),
            line: line.into(),
            shape: shape.as_ptr(),
            rank: shape.len(),
            data: data.as_ptr().cast(),
            bytes: data.len(),
        };
        // SAFETY: the host answers null or as many bytes, valid until it is called again.
        unsafe {
            let new = (self.call)(self.context, &tap).cast::<u8>();
            (!new.is_null()).then(|| std::slice::from_raw_parts(new, data.len()))
        }
    }
}

/// `None` for a dtype that no layer gives out.
fn bytes(storage: &CpuStorage, start: usize, end: usize) -> Option<&[u8]> {
    #[allow(unreachable_patterns)]
    match storage {
        CpuStorage::U8(values) => raw(values.get(start..end)?),
        CpuStorage::U32(values) => raw(values.get(start..end)?),
        CpuStorage::I64(values) => raw(values.get(start..end)?),
        CpuStorage::BF16(values) => raw(values.get(start..end)?),
        CpuStorage::F16(values) => raw(values.get(start..end)?),
        CpuStorage::F32(values) => raw(values.get(start..end)?),
        CpuStorage::F64(values) => raw(values.get(start..end)?),
        _ => None,
    }
}

fn raw<T>(values: &[T]) -> Option<&[u8]> {
    // SAFETY: the numbers that candle stores have no padding.
    Some(unsafe {
        std::slice::from_raw_parts(values.as_ptr().cast(), std::mem::size_of_val(values))
    })
}
