"""Reference of CosyVoice3, area by area.

With COSYVOICE_ROOT set to a checkout of CosyVoice, its own modules run in place of ours, under the same taps.
"""

from cosyvoice3_reference.flow import stages as flow
from cosyvoice3_reference.frontend import prompt
from cosyvoice3_reference.frontend import stages as frontend
from cosyvoice3_reference.frontend.speaker import stage as speaker
from cosyvoice3_reference.hift import stages as hift
from cosyvoice3_reference.llm import stages as llm
from cosyvoice3_reference.tokenizer import stages as tokenizer

from workbench.reference import checkpoint, stage

for area in (frontend, speaker, tokenizer, prompt, llm, flow, hift):
    for name, declared in area.STAGES.items():
        stage(name)(declared)

checkpoint("speaker")(speaker.weights)
checkpoint("tokenizer")(tokenizer.weights)
checkpoint("llm")(llm.weights)
checkpoint("flow")(flow.weights)
checkpoint("hift")(hift.weights)
