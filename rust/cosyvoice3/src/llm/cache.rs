//! Keys and values of the positions that have been seen.

use candle_core::{Result, Tensor};

/// Rotated keys and values of every layer, `[1, K, T, d]` each.
#[derive(Debug, Default)]
pub struct KvCache {
    layers: Vec<LayerCache>,
}

/// Those of one layer.
#[derive(Clone, Debug, Default)]
pub struct LayerCache(Option<(Tensor, Tensor)>);

impl KvCache {
    /// A cache for so many layers, without a position.
    pub fn new(layers: usize) -> Self {
        Self {
            layers: vec![LayerCache::default(); layers],
        }
    }

    /// Positions that have been seen.
    ///
    /// # Errors
    /// If what is kept has no positions.
    pub fn positions(&self) -> Result<usize> {
        match self.layers.first() {
            Some(LayerCache(Some((key, _)))) => key.dim(2),
            _ => Ok(0),
        }
    }

    /// What is kept for one layer.
    pub fn layer(&mut self, layer: usize) -> &mut LayerCache {
        &mut self.layers[layer]
    }
}

impl LayerCache {
    /// Puts key and value `[1, K, T, d]` behind those that are there; returns all.
    ///
    /// # Errors
    /// If the shapes do not fit.
    pub fn append(&mut self, key: &Tensor, value: &Tensor) -> Result<(Tensor, Tensor)> {
        let all = match &self.0 {
            Some((old_key, old_value)) => (
                Tensor::cat(&[old_key, key], 2)?,
                Tensor::cat(&[old_value, value], 2)?,
            ),
            None => (key.clone(), value.clone()),
        };
        Ok(self.0.insert(all).clone())
    }
}

#[cfg(test)]
mod tests {
    use super::KvCache;
    use crate::testing::ramp;
    use candle_core::Result;

    #[test]
    fn positions_grow_layer_by_layer() -> Result<()> {
        let mut cache = KvCache::new(2);
        assert_eq!(cache.positions()?, 0);
        let (three, one) = (ramp((1, 2, 3, 4)), ramp((1, 2, 1, 4)));
        cache.layer(0).append(&three, &three)?;
        let (key, value) = cache.layer(0).append(&one, &three)?;
        assert_eq!(
            (key.dims(), value.dims()),
            (&[1, 2, 4, 4][..], &[1, 2, 6, 4][..])
        );
        assert_eq!(cache.positions()?, 4);
        let (key, _) = cache.layer(1).append(&one, &one)?;
        assert_eq!(key.dims(), [1, 2, 1, 4]);
        Ok(())
    }
}
