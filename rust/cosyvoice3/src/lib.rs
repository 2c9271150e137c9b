//! CosyVoice3 in candle, stage by stage, as a Python module with the workbench's stage protocol.
//!
//! The original is `FunAudioLLM/CosyVoice` at commit ace7c47; every layer names the file and line that it follows.

stage::module!(cosyvoice3, [
    "frontend.resample" => frontend::stage::ResampleStage::load,
    "frontend.mel24k" => frontend::stage::Mel24kStage::load,
    "frontend.whisper_mel" => frontend::stage::WhisperMelStage::load,
    "frontend.fbank" => frontend::stage::FbankStage::load,
    "frontend.speaker" => frontend::speaker::stage::SpeakerStage::load,
    "frontend.tokens" => tokenizer::stage::FrontendTokens::load,
    "frontend.prompt" => frontend::prompt::PromptStage::load,
    "llm.prefill" => llm::stage_prefill::LlmPrefill::load,
    "llm.decode" => llm::stage_decode::LlmDecode::load,
    "llm" => llm::stage_generate::Llm::load,
    "llm.sample" => llm::stage_sample::LlmSample::load,
    "flow.embed" => flow::embed_stage::FlowEmbed::load,
    "flow.dit" => flow::stage::FlowDit::load; parts flow::parts::parts,
    "flow.cfm" => flow::cfm_stage::FlowCfm::load,
    "flow" => flow::flow_stage::Flow::load,
    "hift.f0" => hift::stages::F0Stage::load,
    "hift.source" => hift::stages::SourceStage::load,
    "hift.decode" => hift::stages::DecodeStage::load,
    "audio" => hift::stages::AudioStage::load,
]);
