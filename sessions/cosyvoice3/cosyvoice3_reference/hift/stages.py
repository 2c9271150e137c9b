"""The vocoder's stages: three pieces, and the whole."""

import os
from functools import partial
from typing import Any

from torch import Tensor, nn

from cosyvoice3_reference.hift import inputs as cases
from cosyvoice3_reference.hift import original
from cosyvoice3_reference.hift.checkpoint import synthetic
from cosyvoice3_reference.hift.config import HiftConfig
from cosyvoice3_reference.hift.generator import Generator
from cosyvoice3_reference.hift.weights import load
from cosyvoice3_reference.original import ROOT_VARIABLE

Config = dict[str, Any]
Tensors = dict[str, Tensor]


class _Vocoder:
    def build(self, weights: Tensors, config: Config) -> nn.Module:
        """The whole vocoder with its weights; raises ValueError when they do not fit."""
        sizes = HiftConfig.read(config)
        root = os.environ.get(ROOT_VARIABLE)
        return load(partial(original.make, root, sizes) if root else partial(Generator, sizes), weights)


class F0(_Vocoder):
    """The pitch of a mel."""

    def inputs(self, name: str, config: Config) -> Tensors:
        """mel [B, 80, T], finalize."""
        return cases.two_mels(name)

    def run(self, module: Any, inputs: Tensors) -> Tensors:
        """`f0` [B, T] in Hz, or [B, T − 3] where more is to come."""
        return {"f0": module.f0(inputs["mel"], _finalize(inputs))}


class Source(_Vocoder):
    """The source wave of a pitch."""

    def inputs(self, name: str, config: Config) -> Tensors:
        """f0 [1, T] in Hz, rand_ini [1, harmonics], noise [1, 480·T, harmonics]."""
        return cases.f0(name, HiftConfig.read(config))

    def run(self, module: Any, inputs: Tensors) -> Tensors:
        """`source` [1, 1, 480·T]."""
        _draw(module, inputs)
        return {"source": module.source(inputs["f0"])}


class Decode(_Vocoder):
    """Sound from a mel and a source."""

    def inputs(self, name: str, config: Config) -> Tensors:
        """mel [1, 80, T], source [1, 1, 480·T], finalize."""
        return cases.decoded(name, HiftConfig.read(config))

    def run(self, module: Any, inputs: Tensors) -> Tensors:
        """`audio` [1, 480·T], or [1, 480·(T − 5)] where more is to come."""
        return {"audio": module.decode(x=inputs["mel"], s=inputs["source"], finalize=_finalize(inputs))}


class Audio(_Vocoder):
    """Sound from a mel."""

    def inputs(self, name: str, config: Config) -> Tensors:
        """mel [1, 80, T], finalize, rand_ini [1, harmonics], noise [1, 480·T, harmonics]."""
        inputs = cases.mel(name)
        return {**inputs, **cases.draws(name, HiftConfig.read(config), inputs["mel"].shape[2])}

    def run(self, module: Any, inputs: Tensors) -> Tensors:
        """`audio` [1, 480·T], or [1, 480·(T − 8)] where more is to come."""
        _draw(module, inputs)
        audio, _ = module.inference(inputs["mel"], finalize=_finalize(inputs))
        return {"audio": audio}


STAGES = {"hift.f0": F0, "hift.source": Source, "hift.decode": Decode, "audio": Audio}


def weights(config: Config, seed: int) -> Tensors:
    """Synthetic weights under the names that `hift.pt` gives them."""
    return synthetic(HiftConfig.read(config["hift"]), seed)


def _finalize(inputs: Tensors) -> bool:
    return bool(inputs["finalize"].item())


def _draw(module: Any, inputs: Tensors) -> None:
    """Put the drawn numbers where the original keeps them."""
    generator = module.m_source.l_sin_gen
    generator.rand_ini, generator.sine_waves = inputs["rand_ini"], inputs["noise"]
