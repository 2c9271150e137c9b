//! The explicit taps of the stage `flow.dit`, in the order in which they come.

use candle_core::{DType, Device, Tensor};
use candle_nn::{VarBuilder, VarMap};
use flow::{config::Config, stage::FlowDit};
use stage::{Inputs, Stage};
use std::ffi::c_void;
use std::sync::Mutex;
use tap::{WorkbenchTap, workbench_tap_install_v1};

static NAMES: Mutex<Vec<String>> = Mutex::new(Vec::new());

unsafe extern "C" fn sink(_: *mut c_void, tap: *const WorkbenchTap) -> *const c_void {
    // SAFETY: the tap is valid during the call.
    let seen = unsafe { (*tap).read() };
    NAMES.lock().unwrap().push(seen.name.to_owned());
    std::ptr::null()
}

fn stage() -> FlowDit {
    let config = r#"{"dim": 4, "depth": 2, "heads": 2, "dim_head": 2, "ff_mult": 2, "mel_dim": 3, "mu_dim": 2,
        "spk_dim": 1, "static_chunk_size": 4, "conv_kernel": 3, "conv_groups": 2, "time_freq_dim": 6}"#;
    let config = stage::parse_config::<Config>(config).unwrap();
    let weights = VarBuilder::from_varmap(&VarMap::new(), DType::F32, &Device::Cpu);
    FlowDit::load(weights, config).unwrap()
}

fn inputs() -> Inputs {
    let ones = |shape: &[usize]| Tensor::ones(shape, DType::F32, &Device::Cpu).unwrap();
    let named = [
        ("x", ones(&[2, 3, 5])),
        ("mask", ones(&[2, 1, 5])),
        ("mu", ones(&[2, 2, 5])),
        ("t", ones(&[2])),
        ("spks", ones(&[2, 1])),
        ("cond", ones(&[2, 3, 5])),
        ("streaming", Tensor::new(&[0i64], &Device::Cpu).unwrap()),
    ];
    Inputs::new(named.map(|(name, tensor)| (name.to_owned(), tensor)).into())
}

#[test]
fn the_names_are_those_of_the_reference() {
    let stage = stage();
    // SAFETY: the sink needs no context and is never freed.
    unsafe { workbench_tap_install_v1(Some(sink), std::ptr::null_mut()) };
    stage.run(&mut inputs()).unwrap();
    let of_block = [
        "attn_norm.0",
        "attn.q_rotary",
        "attn.k_rotary",
        "attn",
        "attn_residual",
        "ff_norm",
        "ff_modulated",
    ];
    let mut want = vec![
        "time_embed.time_embed",
        "input_embed.conv_pos_embed",
        "input_embed",
    ]
    .into_iter()
    .map(str::to_owned)
    .collect::<Vec<_>>();
    for block in ["transformer_blocks.0", "transformer_blocks.1"] {
        want.extend(of_block.map(|name| format!("{block}.{name}")));
        want.push(block.to_owned());
    }
    want.push("norm_out".to_owned());
    assert_eq!(*NAMES.lock().unwrap(), want);
}
