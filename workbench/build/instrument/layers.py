"""Where candle's layers are, and what their functions are wrapped in."""

import re
from pathlib import Path

from workbench.build.instrument.patch import Edit, Sources, UnknownSource

_RUNTIME = Path(__file__).with_name("runtime")
_WEIGHTLESS = {"Activation", "Dropout", "Identity"}


def _tapped(file: str, kind: str, weight: str, function: str, trait: str = "") -> Edit:
    return Edit(file, kind, function, f'crate::workbench::tap("{kind}", {weight}, || {{', "})", trait)


def _sequence(kind: str) -> Edit:
    tap = f'crate::workbench::tap_sequence("{kind}", &self.w_ih, states.len(), || {{'
    return Edit("rnn.rs", kind, "states_to_tensor", tap, "})", "RNN")


def _built(file: str, kind: str, function: str, tensors: str) -> Edit:
    return Edit(file, kind, function, f"crate::workbench::built({tensors});")


def _container(file: str, kind: str, function: str, trait: str = "") -> Edit:
    return Edit(file, kind, function, "crate::workbench::container(|| {", "})", trait)


def _layer(file: str, kind: str) -> tuple[Edit, Edit]:
    """A layer with a weight and an optional bias."""
    tapped = _tapped(file, kind, "&self.weight", "forward", "Module")
    return tapped, _built(file, kind, "new", "&weight, bias.as_ref()")


_NN: tuple[Edit, ...] = (
    *_layer("linear.rs", "Linear"),
    *_layer("conv.rs", "Conv1d"),
    *_layer("conv.rs", "Conv2d"),
    *_layer("conv.rs", "ConvTranspose1d"),
    *_layer("conv.rs", "ConvTranspose2d"),
    # A convolution that absorbed a batch norm puts out what the batch norm did.
    Edit(
        "conv.rs",
        "Conv2d",
        "absorb_bn",
        "let absorbed = (|| -> Result<Self> {",
        "})()?;\ncrate::workbench::renamed(&absorbed.weight, bn.running_mean());\nOk(absorbed)",
    ),
    _tapped("embedding.rs", "Embedding", "&self.embeddings", "forward", "Module"),
    _built("embedding.rs", "Embedding", "new", "&embeddings, None"),
    _tapped("layer_norm.rs", "LayerNorm", "&self.weight", "forward", "Module"),
    _built("layer_norm.rs", "LayerNorm", "new", "&weight, Some(&bias)"),
    _built("layer_norm.rs", "LayerNorm", "new_no_bias", "&weight, None"),
    _built("layer_norm.rs", "LayerNorm", "rms_norm", "&weight, None"),
    _tapped("layer_norm.rs", "RmsNorm", "&self.0.weight", "forward", "Module"),
    _tapped("layer_norm.rs", "RmsNorm", "&self.0.weight", "forward_diff"),
    _tapped("group_norm.rs", "GroupNorm", "&self.weight", "forward", "Module"),
    _built("group_norm.rs", "GroupNorm", "new", "&weight, Some(&bias)"),
    _tapped("batch_norm.rs", "BatchNorm", "&self.running_mean", "forward_t", "ModuleT"),
    _tapped("batch_norm.rs", "BatchNorm", "&self.running_mean", "forward_train"),
    _tapped("activation.rs", "PReLU", "&self.weight", "forward", "Module"),
    _built("activation.rs", "PReLU", "new", "&weight, None"),
    _sequence("LSTM"),
    _sequence("GRU"),
    _container("sequential.rs", "Sequential", "forward", "Module"),
    _container("sequential.rs", "Sequential", "forward_all"),
    _container("func.rs", "Func", "forward", "Module"),
    _container("func.rs", "FuncT", "forward_t", "ModuleT"),
)

_CORE: tuple[Edit, ...] = (
    Edit("tensor.rs", "Tensor", "apply"),
    Edit("tensor.rs", "Tensor", "apply_t"),
    Edit("lib.rs", "T", "forward", trait="Module"),
    Edit("lib.rs", "Option", "forward", trait="Module"),
    Edit("lib.rs", "M", "forward_t", trait="ModuleT"),
)

_LAYER = re.compile(r"^\s*impl\b[^\n]*\b(?:Module|ModuleT|RNN) for (\w+)", re.M)
_GETTER = re.compile(r"^    pub fn (\w+)(?:(?!^    \}).)*?\.backend\s*\.get", re.M | re.S)
_PUBLIC = re.compile(r"(?<!#\[track_caller\]\n)^( *)(?=pub fn )", re.M)
_MEAN = "Var::from_tensor(&running_mean)"


def instrument_core(sources: Sources) -> None:
    """Lets candle-core pass the caller's line on through `apply`; raises UnknownSource."""
    for edit in _CORE:
        sources.apply(edit)


def instrument_nn(sources: Sources, suffix: str) -> None:
    """Taps every layer and notes every key read; exports the C interface with `suffix` after each name.

    Raises UnknownSource when a place is missing, or when the crate has a layer that no edit covers.
    """
    _refuse_unknown_layers(sources)
    edits = (*_NN, *_getters(sources))
    for edit in edits:
        sources.apply(edit)
    # Whoever builds a layer is its place when nobody else is.
    for file in {edit.file for edit in edits}:
        sources[file] = _PUBLIC.sub(r"\1#[track_caller]\n\1", sources[file])
    sources["batch_norm.rs"] = sources["batch_norm.rs"].replace(_MEAN, "crate::workbench::variable(&running_mean)")
    for path in sorted(_RUNTIME.glob("*.rs")):
        text = path.read_text("utf-8")
        sources[f"workbench/{path.name}"] = re.sub(r"\b(fn workbench_\w+_v1)\b", rf"\1{suffix}", text)
    sources["lib.rs"] += "\nmod workbench;\n"


def _refuse_unknown_layers(sources: Sources) -> None:
    known = _WEIGHTLESS | {edit.type for edit in _NN}
    for file, text in sources:
        for kind in set(_LAYER.findall(text)) - known:
            raise UnknownSource(f"{sources.crate} has a layer that is not known: `{kind}` in src/{file}")
    if _MEAN not in sources["batch_norm.rs"]:
        raise UnknownSource(f"{sources.crate} has no `{_MEAN}` of `BatchNorm` in src/batch_norm.rs")


def _getters(sources: Sources) -> list[Edit]:
    """The getters that reach the backend; the others go through them."""
    text = sources["var_builder.rs"]
    names = _GETTER.findall(text)
    if not names or len(names) != len(re.findall(r"\.backend\s*\.get", text)):
        raise UnknownSource(f"{sources.crate} has getters of `VarBuilderArgs` in src/var_builder.rs that are not known")
    read = "crate::workbench::read(self.path(name), || {"
    return [Edit("var_builder.rs", "VarBuilderArgs", name, read, "})") for name in names]
