"""Reference of CosyVoice3: the flow, from speech tokens to a mel.

With COSYVOICE_ROOT set to a checkout of CosyVoice, its own modules run in place of ours, under the same taps.
"""

from cosyvoice3_reference.flow import stages as flow

from workbench.reference import checkpoint, stage

for name, declared in flow.STAGES.items():
    stage(name)(declared)

checkpoint("flow")(flow.weights)
