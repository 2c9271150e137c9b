//! The port's line that called a layer.
use super::sink::sink;
use std::cell::Cell;
use std::panic::Location;
use std::path::Path;
use std::thread::LocalKey;

/// A line of the port's source.
pub(super) type Place = &'static Location<'static>;

thread_local! {
    /// Who called the container that is running; a layer behind `dyn Module` does not learn its own caller.
    static OUTER: Cell<Option<Place>> = const { Cell::new(None) };
}

/// Sets a thread's cell until dropped.
pub(super) struct Within<T: Copy + 'static>(&'static LocalKey<Cell<T>>, T);

pub(super) fn within<T: Copy>(cell: &'static LocalKey<Cell<T>>, value: T) -> Within<T> {
    Within(cell, cell.with(|cell| cell.replace(value)))
}

impl<T: Copy> Drop for Within<T> {
    fn drop(&mut self) {
        self.0.with(|cell| cell.set(self.1))
    }
}

/// Runs a container's `forward`, whose layers may sit behind `dyn Module`.
#[inline]
#[track_caller]
pub(crate) fn container<T>(forward: impl FnOnce() -> T) -> T {
    if sink().is_none() {
        return forward();
    }
    let _outer = within(&OUTER, port(Location::caller()));
    forward()
}

/// A layer's caller; where that is candle-nn itself, as behind `dyn Module`, the container's.
pub(super) fn port(caller: Place) -> Option<Place> {
    let ours = Path::new(file!()).ancestors().nth(3);
    match ours.is_some_and(|ours| Path::new(caller.file()).starts_with(ours)) {
        true => OUTER.with(Cell::get),
        false => Some(caller),
    }
}
