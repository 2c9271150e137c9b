//! The smallest port: the module `scale` with the stages `scale`, y = x · factor · weight, and two that misbehave.

use candle_core::{DType, Result, Tensor};
use candle_nn::VarBuilder;
use serde::Deserialize;
use stage::{Inputs, Outputs, Part, Stage};
use std::time::Duration;

stage::module!(
    scale,
    [
        "scale" => Scale::load; parts Scale::parts,
        "panic" => Panic::load,
        "sleep" => Sleep::load,
    ]
);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    factor: f64,
}

struct Scale {
    weight: Tensor,
    factor: f64,
}

impl Scale {
    fn load(vb: VarBuilder, config: Config) -> Result<Self> {
        Ok(Self {
            weight: vb.get(3, "scale.weight")?,
            factor: config.factor,
        })
    }

    /// One part, `bias`, which fails unless it is fed with `scaled`.
    fn parts(config: &Config) -> Vec<Part> {
        let factor = config.factor;
        let bias = Part::new("bias", &["scaled"], move |vb| {
            let weight = vb.get(3, "scale.weight")?;
            Ok(move |inputs: &mut Inputs| {
                let scaled = inputs.get("scaled", DType::F32, "b 3")?;
                (scaled * factor)?.broadcast_mul(&weight).map(drop)
            })
        });
        vec![bias]
    }
}

impl Stage for Scale {
    fn run(&self, inputs: &mut Inputs) -> Result<Outputs> {
        let x = inputs.get("x", DType::F32, "b 3")?;
        let bias = inputs.get("bias", DType::F32, "b 1")?;
        let y = (x * self.factor)?
            .broadcast_mul(&self.weight)?
            .broadcast_add(&bias)?;
        Ok(Outputs::from([("y".to_owned(), y.t()?)]))
    }
}

#[derive(Deserialize)]
struct Nothing {}

/// Panics when run.
struct Panic;

impl Panic {
    fn load(_: VarBuilder, _: Nothing) -> Result<Self> {
        Ok(Self)
    }
}

impl Stage for Panic {
    fn run(&self, _: &mut Inputs) -> Result<Outputs> {
        panic!("the stage panicked")
    }
}

/// Gives its inputs back, half a second later.
struct Sleep;

impl Sleep {
    fn load(_: VarBuilder, _: Nothing) -> Result<Self> {
        Ok(Self)
    }
}

impl Stage for Sleep {
    fn run(&self, inputs: &mut Inputs) -> Result<Outputs> {
        std::thread::sleep(Duration::from_millis(500));
        let dtypes = [
            DType::F32,
            DType::F64,
            DType::F16,
            DType::U8,
            DType::U32,
            DType::I16,
            DType::I32,
            DType::I64,
        ];
        let given = dtypes.into_iter().filter_map(|dtype| {
            let name = dtype.as_str();
            Some((name.to_owned(), inputs.get(name, dtype, "n m").ok()?))
        });
        Ok(given.collect())
    }
}
