"""What keys do while two sounds are heard: bindings, footer and help of that screen are made from it."""

from workbench.tui.actions import Action

AUDIO_ACTIONS = (
    Action("play", ("space",), "play", "play or pause", "hear", "audio.play", ("sound",), ("playing", "pause"), rank=1),
    Action("flip", ("x",), "A/B", "hear the other of A and B, at the same place", "hear", "audio.flip", ("sound",),
           rank=2),
    Action("difference", ("d",), "A−B", "hear what they differ by, boosted as it says, or go back", "hear",
           "audio.difference", ("sound",), rank=3),
    Action("earlier", ("comma", "left"), "earlier", "half a second earlier", "hear", "audio.earlier", ("sound",)),
    Action("later", ("full_stop", "right"), "later", "half a second later", "hear", "audio.later", ("sound",)),
    Action("first", ("home", "g"), "start", "to the beginning", "hear", "audio.first", ("sound",)),
    Action("worst", ("n",), "worst", "to the 20 ms in which A and B differ most", "hear", "audio.worst",
           ("difference",), rank=4),
    Action("loop_in", ("left_curly_bracket",), "loop from", "repeat from here on", "hear", "audio.loop_in", ("sound",),
           rank=9),
    Action("loop_out", ("right_curly_bracket",), "loop to", "repeat up to here; half a second at least", "hear",
           "audio.loop_out", ("sound",), rank=9),
    Action("loop_off", ("backslash",), "no loop", "repeat nothing", "hear", "audio.loop_off", ("loop",), rank=9),
    Action("level", ("m",), "level", "make both equally loud, or leave them as they are; it says by how many dB",
           "change", "audio.level", ("sound",), ("level", "raw level"), rank=5),
    Action("align", ("t",), "align", "take B's lag out, or leave it; it says by how many samples", "change",
           "audio.align", ("sound",), ("align", "raw time"), rank=6),
    Action("before", ("o",), "old/new", "A is the pinned build, else the one before the newest; or the reference again",
           "change", "audio.before", ("older",), rank=7),
    Action("first_signal", ("b",), "A is…", "A is the reference, or each kept build in turn", "change", "audio.walk",
           ("older",), rank=8),
    Action("pin", ("p",), "pin", "keep B's build for ever, and hear what follows against it", "change", "audio.pin",
           ("sound",)),
    Action("view", ("v",), "view", "waves, maps, or both", "see", "audio.view", ("sound",), rank=10),
    Action("abx", ("X",), "ABX", "find out whether you tell them apart: 16 trials, the score is hidden until the end",
           "test", "audio.abx", ("sound", "heard"), rank=11),
    Action("web", ("w",), "browser", "serve a page that plays them, for a terminal far from your ears", "out",
           "audio.web", ("sound",), rank=12),
    Action("export", ("E",), "wav", "write both as wav files", "out", "audio.export", ("sound",), rank=13),
    Action("retry", ("r",), "retry", "start the player again, with the devices that are there now", "out",
           "audio.retry", ("fault",), rank=1),
    Action("help", ("question_mark", "f1"), "help", "every key of this screen", "app", "audio.help", rank=98),
    Action("back", ("escape", "q", "l"), "back", "to the table", "app", "audio.back", rank=99),
)  # fmt: skip

BY_ID = {action.id: action for action in AUDIO_ACTIONS}
