use crate::{Part, Stage};
use candle_core::{Error, Result};
use candle_nn::VarBuilder;
use serde::de::DeserializeOwned;
use std::fmt;

/// A stage that can be loaded by its name.
pub struct Entry {
    /// The name of the stage, as the session calls it.
    pub name: &'static str,
    /// Makes the stage from its weights and its JSON config.
    pub load: fn(VarBuilder<'static>, &str) -> Result<Box<dyn Stage>>,
    /// Makes the stage's parts, in execution order, from its JSON config.
    pub parts: fn(&str) -> Result<Vec<Part>>,
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// Runs a typed loader on a JSON config.
///
/// # Errors
/// If the config does not fit `C`, or the loader fails.
pub fn load_with<C: DeserializeOwned, S: Stage + 'static>(
    load: impl FnOnce(VarBuilder<'static>, C) -> Result<S>,
    weights: VarBuilder<'static>,
    config: &str,
) -> Result<Box<dyn Stage>> {
    Ok(Box::new(load(weights, parse_config(config)?)?))
}

/// Runs a typed function of parts on a JSON config.
///
/// # Errors
/// If the config does not fit `C`.
pub fn parts_with<C: DeserializeOwned>(
    parts: impl FnOnce(&C) -> Vec<Part>,
    config: &str,
) -> Result<Vec<Part>> {
    Ok(parts(&parse_config(config)?))
}

/// The config that a stage is loaded with, from JSON.
///
/// # Errors
/// If it does not fit `C`; the message says where.
pub fn parse_config<C: DeserializeOwned>(json: &str) -> Result<C> {
    serde_json::from_str(json).map_err(|error| Error::msg(format!("config: {error}")))
}
