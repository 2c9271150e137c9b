use crate::{Entry, Inputs, Outputs, Stage};
use candle_core::{Error, Result};
use candle_nn::VarBuilder;
use std::fmt;

type Load = dyn FnOnce(VarBuilder<'static>) -> Result<Box<dyn Stage>>;

/// A piece of a stage that can be loaded and run alone, with its own weights only.
///
/// Its taps have the names that they have in the whole stage. It is run on the stage's inputs and, under their names,
/// on the taps that it is fed with; what it computes is seen by its taps.
pub struct Part {
    name: String,
    fed: Vec<String>,
    load: Box<Load>,
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part")
            .field("name", &self.name)
            .field("fed", &self.fed)
            .finish_non_exhaustive()
    }
}

impl Part {
    /// The part `name`, which its taps' names begin with, fed with the taps `fed`. `load` returns what runs it.
    pub fn new<R>(
        name: &str,
        fed: &[&str],
        load: impl FnOnce(VarBuilder<'static>) -> Result<R> + 'static,
    ) -> Self
    where
        R: Fn(&mut Inputs) -> Result<()> + Send + Sync + 'static,
    {
        Self {
            name: name.to_owned(),
            fed: fed.iter().map(|&tap| tap.to_owned()).collect(),
            load: Box::new(|weights| Ok(Box::new(Running(load(weights)?)))),
        }
    }
}

struct Running<R>(R);

impl<R: Fn(&mut Inputs) -> Result<()> + Send + Sync> Stage for Running<R> {
    fn run(&self, inputs: &mut Inputs) -> Result<Outputs> {
        (self.0)(inputs)?;
        Ok(Outputs::new())
    }
}

/// The parts of a stage in execution order, each with the taps that it is fed with.
pub(crate) fn fed(entry: &Entry, config: &str) -> Result<Vec<(String, Vec<String>)>> {
    let parts = (entry.parts)(config)?;
    Ok(parts
        .into_iter()
        .map(|part| (part.name, part.fed))
        .collect())
}

/// Loads the part `name` of a stage.
pub(crate) fn load(
    entry: &Entry,
    name: &str,
    weights: VarBuilder<'static>,
    config: &str,
) -> Result<Box<dyn Stage>> {
    let mut parts = (entry.parts)(config)?.into_iter();
    let Some(part) = parts.find(|part| part.name == name) else {
        return Err(Error::msg(format!(
            "stage `{}` has no part `{name}`",
            entry.name
        )));
    };
    (part.load)(weights)
}
