//! CosyVoice3 in candle, stage by stage, as a Python module with the workbench's stage protocol.
//!
//! The original is `FunAudioLLM/CosyVoice` at commit ace7c47; every layer names the file and line that it follows.

pub mod flow;

stage::module!(cosyvoice3, [
    "flow.embed" => flow::embed_stage::FlowEmbed::load,
    "flow.dit" => flow::stage::FlowDit::load; parts flow::parts::parts,
    "flow.cfm" => flow::cfm_stage::FlowCfm::load,
    "flow" => flow::flow_stage::Flow::load,
]);
