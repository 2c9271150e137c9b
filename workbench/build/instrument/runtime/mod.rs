//! Layer taps of an instrumented candle-nn: what the layers, their constructors and the getters of `VarBuilder` call.
mod keys;
mod names;
mod place;
mod sink;

use candle::{Result, Tensor};
pub(crate) use keys::{built, read, renamed, variable};
pub(crate) use place::container;
use place::{port, within};
use sink::sink;
use std::cell::Cell;
use std::panic::Location;

thread_local! {
    /// Whether a tapped layer is running: a layer inside it (RmsNorm's LayerNorm) is no tap of its own.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Runs a layer's `forward`; with a sink, gives it the output and takes its replacement.
#[inline]
#[track_caller]
pub(crate) fn tap(
    kind: &str,
    weight: &Tensor,
    forward: impl FnOnce() -> Result<Tensor>,
) -> Result<Tensor> {
    let Some(sink) = sink() else { return forward() };
    let (output, alone) = run(forward)?;
    if !alone {
        return Ok(output);
    }
    let (name, built) = keys::layer(weight);
    sink.replace(&name, kind, output, port(Location::caller()).or(built))
}

/// The same for a recurrent layer's whole sequence (batch, time, features), the first of the two outputs that
/// torch's module has. Candle's GRU lays the same elements out as (batch, time × features).
#[inline]
#[track_caller]
pub(crate) fn tap_sequence(
    kind: &str,
    weight: &Tensor,
    time: usize,
    states: impl FnOnce() -> Result<Tensor>,
) -> Result<Tensor> {
    let Some(sink) = sink() else { return states() };
    let (output, _) = run(states)?;
    let sequence = output.reshape((output.dim(0)?, time, ()))?;
    let (name, built) = keys::sequence(weight);
    sink.replace(&name, kind, sequence, port(Location::caller()).or(built))?
        .reshape(output.shape())
}

/// The output, and whether the layer was not inside another one.
fn run(forward: impl FnOnce() -> Result<Tensor>) -> Result<(Tensor, bool)> {
    let alone = !INSIDE.with(Cell::get);
    let _inside = within(&INSIDE, true);
    Ok((forward()?, alone))
}
