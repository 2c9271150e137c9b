//! The host of an executable: writes its taps to disk and reads replacements from there.
//!
//! `$WORKBENCH_TAPS` is a folder, made if needed. Each tap becomes one file in it, `000000.safetensors` and so on in
//! the order of the taps, with one tensor under the tap's name and the metadata `kind`, `file` and `line`.
//! `$WORKBENCH_INJECT` is a safetensors file; a tap that it holds under the same name is replaced by it, and the empty
//! file `injects` in `$WORKBENCH_TAPS` says that it was read.
//! A name that comes again is numbered here: `name`, `name#1`, `name#2`.

use crate::{Seen, WorkbenchTap, workbench_tap_install_v1};
use memmap2::Mmap;
use safetensors::tensor::{SafeTensors, TensorView};
use safetensors::{Dtype, serialize};
use std::collections::HashMap;
use std::ffi::c_void;
use std::fs::{self, File};
use std::io::{Error, Result};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Installs this host if `$WORKBENCH_TAPS` or `$WORKBENCH_INJECT` is set, and tells whether it did. Call it once,
/// before the first tap.
///
/// # Errors
/// If the folder cannot be made or the file not be read.
pub fn install() -> Result<bool> {
    let folder = std::env::var_os("WORKBENCH_TAPS").map(PathBuf::from);
    let inject = std::env::var_os("WORKBENCH_INJECT").map(PathBuf::from);
    if folder.is_none() && inject.is_none() {
        return Ok(false);
    }
    folder.as_ref().map(fs::create_dir_all).transpose()?;
    let replacements = inject.as_deref().map(open).transpose()?;
    if let (Some(folder), Some(_)) = (&folder, &replacements) {
        fs::write(folder.join("injects"), "")?;
    }
    let host = Host {
        folder,
        replacements,
        seen: Mutex::default(),
    };
    let context = Box::into_raw(Box::new(host)).cast();
    // SAFETY: the host is never freed.
    unsafe { workbench_tap_install_v1(Some(sink), context) };
    Ok(true)
}

struct Host {
    folder: Option<PathBuf>,
    replacements: Option<SafeTensors<'static>>,
    seen: Mutex<Counts>,
}

/// How many taps there were, in all and of each name.
#[derive(Default)]
struct Counts {
    all: usize,
    of_name: HashMap<String, usize>,
}

impl Counts {
    /// The number of this tap, from 0, and its name with the number of the repetition.
    fn next(&mut self, name: &str) -> (usize, String) {
        let repeated = self.of_name.entry(name.to_owned()).or_default();
        let numbered = match *repeated {
            0 => name.to_owned(),
            again => format!("{name}#{again}"),
        };
        *repeated += 1;
        self.all += 1;
        (self.all - 1, numbered)
    }
}

/// Maps the file for as long as the process lives, since replacements point into it.
fn open(path: &Path) -> Result<SafeTensors<'static>> {
    // SAFETY: the workbench renames finished files into place and never writes to one.
    let map = unsafe { Mmap::map(&File::open(path)?)? };
    SafeTensors::deserialize(Box::leak(Box::new(map))).map_err(Error::other)
}

unsafe extern "C" fn sink(context: *mut c_void, tap: *const WorkbenchTap) -> *const c_void {
    // SAFETY: the context is the host that `install` leaked; the tap is valid during the call.
    let (host, tap) = unsafe { (&*context.cast::<Host>(), (*tap).read()) };
    // A panic must not leave a C function; the panic hook has told it by then.
    std::panic::catch_unwind(|| host.take(&tap)).unwrap_or(std::ptr::null())
}

impl Host {
    fn take(&self, tap: &Seen<'_>) -> *const c_void {
        let counts = || self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let (number, name) = counts().next(tap.name);
        if let Some(folder) = &self.folder
            && let Err(error) = write(folder, number, &name, tap)
        {
            eprintln!(
                "tap {name} was not written to {}: {error}",
                folder.display()
            );
        }
        self.replacement(&name, tap)
            .map_or(std::ptr::null(), |data| data.as_ptr().cast())
    }

    fn replacement(&self, name: &str, tap: &Seen<'_>) -> Option<&[u8]> {
        let new = self.replacements.as_ref()?.tensor(name).ok()?;
        if new.shape() == tap.shape && Some(new.dtype()) == dtype(tap.dtype) {
            return Some(new.data());
        }
        let (dtype, shape) = (new.dtype(), new.shape());
        eprintln!(
            "tap {name} was not replaced: it is {} {:?}, not {dtype:?} {shape:?}",
            tap.dtype, tap.shape
        );
        None
    }
}

fn write(folder: &Path, number: usize, name: &str, tap: &Seen<'_>) -> Result<()> {
    let dtype =
        dtype(tap.dtype).ok_or_else(|| Error::other(format!("unknown dtype {}", tap.dtype)))?;
    let view = TensorView::new(dtype, tap.shape.to_vec(), tap.data).map_err(Error::other)?;
    let about = [
        ("kind", tap.kind.to_owned()),
        ("file", tap.file.to_owned()),
        ("line", tap.line.to_string()),
    ];
    let about = about.map(|(key, value)| (key.to_owned(), value)).into();
    let bytes = serialize([(name, view)], Some(about)).map_err(Error::other)?;
    let temporary = folder.join(format!("{number:06}.tmp"));
    fs::write(&temporary, bytes)?;
    fs::rename(temporary, folder.join(format!("{number:06}.safetensors")))
}

fn dtype(name: &str) -> Option<Dtype> {
    Some(match name {
        "f32" => Dtype::F32,
        "f64" => Dtype::F64,
        "f16" => Dtype::F16,
        "bf16" => Dtype::BF16,
        "u8" => Dtype::U8,
        "u32" => Dtype::U32,
        "i16" => Dtype::I16,
        "i32" => Dtype::I32,
        "i64" => Dtype::I64,
        _ => return None,
    })
}
