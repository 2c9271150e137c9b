//! Taps of candle tensors. A contiguous CPU tensor is shown in place, any other as a contiguous CPU copy.

use crate::{Bytes, Tap, offer};
use candle_core::{CpuStorage, Device, Layout, Result, Storage, Tensor};
use std::panic::Location;

impl Tap for Tensor {
    type Output = Result<Tensor>;

    fn tapped(&self, name: &str, at: &Location<'_>) -> Result<Tensor> {
        let shown = self.to_device(&Device::Cpu)?.contiguous()?;
        let (storage, layout) = shown.storage_and_layout();
        let Storage::Cpu(storage) = &*storage else {
            return self.untapped();
        };
        let Some(data) = elements(storage, layout) else {
            return self.untapped();
        };
        let bytes = Bytes {
            dtype: self.dtype().as_str(),
            shape: self.dims(),
            data,
        };
        let replace =
            |new: &[u8]| Tensor::from_raw_buffer(new, self.dtype(), self.dims(), self.device());
        offer(name, at, bytes, replace).unwrap_or_else(|| self.untapped())
    }

    fn untapped(&self) -> Result<Tensor> {
        Ok(self.clone())
    }
}

/// The bytes of a contiguous tensor; none for a dtype that the interface does not know.
fn elements<'a>(storage: &'a CpuStorage, layout: &Layout) -> Option<&'a [u8]> {
    let (start, end) = layout.contiguous_offsets()?;
    match storage {
        CpuStorage::U8(all) => Some(bytes_of(&all[start..end])),
        CpuStorage::U32(all) => Some(bytes_of(&all[start..end])),
        CpuStorage::I16(all) => Some(bytes_of(&all[start..end])),
        CpuStorage::I32(all) => Some(bytes_of(&all[start..end])),
        CpuStorage::I64(all) => Some(bytes_of(&all[start..end])),
        CpuStorage::BF16(all) => Some(bytes_of(&all[start..end])),
        CpuStorage::F16(all) => Some(bytes_of(&all[start..end])),
        CpuStorage::F32(all) => Some(bytes_of(&all[start..end])),
        CpuStorage::F64(all) => Some(bytes_of(&all[start..end])),
        _ => None,
    }
}

fn bytes_of<T: candle_core::WithDType>(elements: &[T]) -> &[u8] {
    // SAFETY: candle's elements are plain numbers without padding, and any byte may be read as u8.
    unsafe { std::slice::from_raw_parts(elements.as_ptr().cast(), size_of_val(elements)) }
}
