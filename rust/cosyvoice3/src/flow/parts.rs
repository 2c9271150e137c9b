//! The parts of the stage `flow.dit`.

use super::ada_norm_final::AdaLayerNormFinal;
use super::block::Block;
use super::config::Config;
use super::dit::DitInputs;
use super::input_embed::InputEmbed;
use super::rotary::RotaryEmbed;
use super::time_embed::TimeEmbed;
use candle_core::DType;
use candle_nn::VarBuilder;
use stage::{Inputs, Part};

/// The estimator's parts in execution order; only its last projection, one layer, is none.
pub fn parts(config: &Config) -> Vec<Part> {
    let mut parts = vec![time_embed(config.clone()), input_embed(config.clone())];
    parts.extend((0..config.depth).map(|i| block(config.clone(), i)));
    parts.push(norm_out(config.clone()));
    parts
}

fn time_embed(config: Config) -> Part {
    Part::new("time_embed", &[], move |vb| {
        let layer = TimeEmbed::new(&config, root(&vb).pp("time_embed"))?;
        Ok(move |inputs: &mut Inputs| {
            let inputs = DitInputs::read(&config, inputs)?;
            layer.forward(&inputs.t).map(drop)
        })
    })
}

fn input_embed(config: Config) -> Part {
    Part::new("input_embed", &[], move |vb| {
        let layer = InputEmbed::new(&config, root(&vb).pp("input_embed"))?;
        Ok(move |inputs: &mut Inputs| {
            let inputs = DitInputs::read(&config, inputs)?;
            inputs.embed(&layer).map(drop)
        })
    })
}

fn block(config: Config, i: usize) -> Part {
    let name = |i| format!("transformer_blocks.{i}");
    let before = i.checked_sub(1).map_or("input_embed".to_owned(), name);
    let name = name(i);
    Part::new(&name.clone(), &[&before.clone(), "time_embed"], move |vb| {
        let root = root(&vb);
        let layer = Block::new(&config, root.pp(&name))?;
        let rotary_embed = RotaryEmbed::new(&config, root.pp("rotary_embed"))?;
        Ok(move |inputs: &mut Inputs| {
            let x = inputs.get(&before, DType::F32, "b t d")?;
            let t = inputs.get("time_embed", DType::F32, "b d")?;
            let mask = DitInputs::read(&config, inputs)?.attention_mask(&config)?;
            let rotation = rotary_embed.rotation(x.dim(1)?, x.dtype())?;
            tap::scope(&name, || layer.forward(&x, &t, &mask, &rotation)).map(drop)
        })
    })
}

fn norm_out(config: Config) -> Part {
    let last = format!("transformer_blocks.{}", config.depth - 1);
    Part::new("norm_out", &[&last.clone(), "time_embed"], move |vb| {
        let layer = AdaLayerNormFinal::new(&config, root(&vb).pp("norm_out"))?;
        Ok(move |inputs: &mut Inputs| {
            let x = inputs.get(&last, DType::F32, "b t d")?;
            let t = inputs.get("time_embed", DType::F32, "b d")?;
            tap::tap("norm_out", &layer.forward(&x, &t)?).map(drop)
        })
    })
}

fn root(vb: &VarBuilder<'static>) -> VarBuilder<'static> {
    vb.pp("decoder.estimator")
}
