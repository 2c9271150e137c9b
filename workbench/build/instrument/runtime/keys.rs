//! Where a layer comes from: under which checkpoint key its weight was read, and on which line of the port.
use super::names;
use super::place::Place;
use candle::{DType, Result, Tensor, TensorId, Var};
use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, HashMap};
use std::panic::{catch_unwind, Location};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

#[derive(Clone)]
struct Origin {
    key: Option<Arc<str>>,
    place: Place,
}

#[derive(Default)]
struct Keys {
    of: HashMap<TensorId, Origin>,
    read: BTreeSet<Arc<str>>,
}

thread_local! {
    /// Keys (with their number of elements) that no layer has claimed, in the order they were read.
    static UNCLAIMED: RefCell<Vec<(Arc<str>, usize)>> = const { RefCell::new(Vec::new()) };
    /// How many tensors this thread has read, to see whether a getter called another one.
    static READS: Cell<usize> = const { Cell::new(0) };
}

fn keys() -> MutexGuard<'static, Keys> {
    static KEYS: OnceLock<Mutex<Keys>> = OnceLock::new();
    let keys = KEYS.get_or_init(Default::default).lock();
    keys.unwrap_or_else(PoisonError::into_inner)
}

fn key_of(tensor: &Tensor) -> Option<Arc<str>> {
    keys().of.get(&tensor.id())?.key.clone()
}

/// # Safety
/// `out` points at `capacity` writable bytes.
#[no_mangle]
pub unsafe extern "C" fn workbench_keys_read_v1(out: *mut u8, capacity: usize) -> usize {
    let read = || {
        keys()
            .read
            .iter()
            .map(|key| key.to_string())
            .collect::<Vec<_>>()
    };
    let text = catch_unwind(read).unwrap_or_default().join("\n");
    if capacity > 0 {
        std::ptr::copy_nonoverlapping(text.as_ptr(), out, text.len().min(capacity));
    }
    text.len()
}

/// Notes the key of a tensor that a `VarBuilder` reads. A backend that renames keys reads through another
/// `VarBuilder`: the innermost key is the checkpoint's, the outermost caller the port.
#[track_caller]
pub(crate) fn read(key: String, get: impl FnOnce() -> Result<Tensor>) -> Result<Tensor> {
    let (before, place) = (READS.with(Cell::get), Location::caller());
    let tensor = get()?;
    if READS.with(Cell::get) == before {
        READS.with(|reads| reads.set(before + 1));
        note(key.into(), &tensor, place);
    } else if let Some(origin) = keys().of.get_mut(&tensor.id()) {
        origin.place = place;
    }
    Ok(tensor)
}

fn note(key: Arc<str>, tensor: &Tensor, place: Place) {
    let unclaimed = (key.clone(), tensor.elem_count());
    UNCLAIMED.with(|all| all.borrow_mut().push(unclaimed));
    let mut keys = keys();
    keys.read.insert(key.clone());
    keys.of.insert(
        tensor.id(),
        Origin {
            key: Some(key),
            place,
        },
    );
}

/// Calls a layer that is being built after its weight's key, else its bias's, else (the weight was computed) the one
/// module whose unclaimed key has as many elements. Keys read before the claimed ones are given up.
#[track_caller]
pub(crate) fn built(weight: &Tensor, bias: Option<&Tensor>) {
    let key = key_of(weight)
        .or_else(|| bias.and_then(key_of))
        .or_else(|| computed_from(weight));
    if let Some(key) = &key {
        claim(names::module(key));
    }
    let place = Location::caller();
    keys().of.insert(weight.id(), Origin { key, place });
}

fn claim(name: &str) {
    UNCLAIMED.with(|unclaimed| {
        let mut unclaimed = unclaimed.borrow_mut();
        let last = unclaimed
            .iter()
            .rposition(|(key, _)| names::module(key) == name);
        unclaimed.drain(..last.map_or(0, |last| last + 1));
    })
}

fn computed_from(weight: &Tensor) -> Option<Arc<str>> {
    if is_constant(weight) {
        return None;
    }
    UNCLAIMED.with(|unclaimed| {
        let unclaimed = unclaimed.borrow();
        let mut alike = unclaimed
            .iter()
            .filter(|(_, size)| *size == weight.elem_count());
        let (key, _) = alike.next()?;
        alike
            .all(|(other, _)| names::module(other) == names::module(key))
            .then(|| key.clone())
    })
}

/// The ones of a norm without parameters come from no key.
fn is_constant(weight: &Tensor) -> bool {
    let values = || weight.to_dtype(DType::F64)?.to_vec1::<f64>();
    values().is_ok_and(|values| values.windows(2).all(|pair| pair[0] == pair[1]))
}

/// Gives `to`, which was made from `from`, its origin.
pub(crate) fn renamed(to: &Tensor, from: &Tensor) {
    let mut keys = keys();
    if let Some(origin) = keys.of.get(&from.id()).cloned() {
        keys.of.insert(to.id(), origin);
    }
}

/// Batch norm keeps a copy of its running mean.
pub(crate) fn variable(from: &Tensor) -> Result<Var> {
    let var = Var::from_tensor(from)?;
    renamed(&var, from);
    Ok(var)
}

/// The name of the layer with this weight, empty without a key, and the line that built it.
pub(super) fn layer(weight: &Tensor) -> (String, Option<Place>) {
    named(weight, |_, key| names::module(key).to_string())
}

/// The same for a recurrent layer, whose name is that of its output.
pub(super) fn sequence(weight: &Tensor) -> (String, Option<Place>) {
    named(weight, |keys, key| {
        names::sequence(key, |other| keys.read.contains(other))
    })
}

fn named(weight: &Tensor, name: impl Fn(&Keys, &str) -> String) -> (String, Option<Place>) {
    let keys = keys();
    let origin = keys.of.get(&weight.id());
    let key = origin.and_then(|origin| origin.key.as_deref());
    (
        key.map_or(String::new(), |key| name(&keys, key)),
        origin.map(|origin| origin.place),
    )
}
