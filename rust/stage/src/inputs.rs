use crate::shape::Sizes;
use candle_core::{DType, Result, Tensor, bail};
use std::collections::HashMap;

/// The named inputs of one run. Reading one checks its dtype and shape.
#[derive(Debug, Default)]
pub struct Inputs {
    tensors: HashMap<String, Tensor>,
    sizes: Sizes,
}

impl Inputs {
    /// Inputs of these names.
    pub fn new(tensors: HashMap<String, Tensor>) -> Self {
        Self {
            tensors,
            sizes: Sizes::default(),
        }
    }

    /// The input `name`. `shape` gives each dimension as a number or as a name, `"b 80 t"`; a name stands for the
    /// same size in all inputs.
    ///
    /// # Errors
    /// If the input is missing, or its dtype, rank or shape is another; the message says which.
    pub fn get(&mut self, name: &str, dtype: DType, shape: &str) -> Result<Tensor> {
        let Some(tensor) = self.tensors.get(name) else {
            bail!("input `{name}` is missing; given: {}", self.names());
        };
        if tensor.dtype() == dtype && self.sizes.bind(shape, tensor.dims()) {
            return Ok(tensor.clone());
        }
        let (want, got) = (self.sizes.describe(shape), tensor.dims());
        bail!(
            "input `{name}`: expected {} {want}, got {} {got:?}",
            dtype.as_str(),
            tensor.dtype().as_str()
        );
    }

    /// The input `name` of shape `[1]` and dtype int64 as a switch, 0 or 1.
    ///
    /// # Errors
    /// As [`Inputs::get`], and if it is neither 0 nor 1.
    pub fn flag(&mut self, name: &str) -> Result<bool> {
        match self.get(name, DType::I64, "1")?.to_vec1::<i64>()?[0] {
            0 => Ok(false),
            1 => Ok(true),
            other => bail!("input `{name}`: expected 0 or 1, got {other}"),
        }
    }

    fn names(&self) -> String {
        let mut names = self.tensors.keys().map(String::as_str).collect::<Vec<_>>();
        names.sort_unstable();
        names.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::Inputs;
    use candle_core::{DType, Device, Result, Tensor};

    fn inputs() -> Result<Inputs> {
        let x = Tensor::zeros((2, 80, 100), DType::F32, &Device::Cpu)?;
        let mask = Tensor::zeros((2, 1, 99), DType::F32, &Device::Cpu)?;
        let streaming = Tensor::new(&[2i64], &Device::Cpu)?;
        let named = [("x", x), ("mask", mask), ("streaming", streaming)];
        Ok(Inputs::new(
            named.map(|(name, tensor)| (name.to_owned(), tensor)).into(),
        ))
    }

    fn error(result: Result<impl std::fmt::Debug>) -> String {
        result.unwrap_err().to_string()
    }

    #[test]
    fn a_fitting_input_is_given() -> Result<()> {
        assert_eq!(
            inputs()?.get("x", DType::F32, "b 80 t")?.dims(),
            [2, 80, 100]
        );
        Ok(())
    }

    #[test]
    fn a_missing_input_is_named() -> Result<()> {
        let message = error(inputs()?.get("mu", DType::F32, "b 80 t"));
        assert!(
            message.starts_with("input `mu` is missing; given: mask, streaming, x"),
            "{message}"
        );
        Ok(())
    }

    #[test]
    fn another_shape_is_told_with_the_sizes_known_by_then() -> Result<()> {
        let mut inputs = inputs()?;
        inputs.get("x", DType::F32, "b 80 t")?;
        let message = error(inputs.get("mask", DType::F32, "b 1 t"));
        let want = "input `mask`: expected f32 [b=2, 1, t=100], got f32 [2, 1, 99]";
        assert!(message.starts_with(want), "{message}");
        Ok(())
    }

    #[test]
    fn another_dtype_is_told() -> Result<()> {
        let message = error(inputs()?.get("x", DType::F64, "b 80 t"));
        assert!(
            message.contains("expected f64 [b, 80, t], got f32"),
            "{message}"
        );
        Ok(())
    }

    #[test]
    fn a_flag_is_0_or_1() -> Result<()> {
        let message = error(inputs()?.flag("streaming"));
        assert!(
            message.starts_with("input `streaming`: expected 0 or 1, got 2"),
            "{message}"
        );
        Ok(())
    }
}
