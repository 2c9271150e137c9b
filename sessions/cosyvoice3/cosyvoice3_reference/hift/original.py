"""The vocoder made from CosyVoice's own sources, with methods and taps under the names of ours."""

import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from cosyvoice3_reference.hift.config import HiftConfig
from cosyvoice3_reference.original import ROOT_VARIABLE
from workbench.reference import tap

SOURCE = Path("cosyvoice/hifigan/generator.py")
PACKAGES = "scipy"


def make(root: str, config: HiftConfig) -> nn.Module:
    """CosyVoice's `CausalHiFTGenerator` of that configuration, from the checkout at `root`.

    Raises FileNotFoundError or ModuleNotFoundError, which say what to provide.
    """
    sources, predictor = _modules(root)
    module: Any = sources.CausalHiFTGenerator(
        **_common(config),
        istft_params={"n_fft": config.istft_n_fft, "hop_len": config.istft_hop},
        f0_predictor=predictor.CausalConvRNNF0Predictor(1, config.in_channels, config.f0_cond_channels),
    )
    # 300 s of noise that every stage replaces by its own.
    module.m_source.l_sin_gen.sine_waves = torch.zeros(1, 1, config.harmonics)
    module.f0, module.source = partial(_f0, module), partial(_source, module)
    module._stft, module._istft = partial(_stft, module._stft), partial(_istft, module._istft)
    for level in range(len(config.upsample_rates)):
        first = module.resblocks[level * len(config.resblock_kernel_sizes)]
        first.register_forward_pre_hook(partial(_tap_fused, level))
    return module


def _common(config: HiftConfig) -> dict[str, Any]:
    ours = ("istft_n_fft", "istft_hop", "f0_cond_channels")
    return {name: value for name, value in vars(config).items() if name not in ours}


@cache
def _modules(root: str) -> tuple[Any, Any]:
    if not (Path(root) / SOURCE).is_file():
        raise FileNotFoundError(f"{ROOT_VARIABLE} is {root!r}, which has no {SOURCE}: name a checkout of CosyVoice")
    try:
        with _importable(root):
            names = ("cosyvoice.hifigan.generator", "cosyvoice.hifigan.f0_predictor")
            generator, predictor = map(importlib.import_module, names)
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"CosyVoice's HiFT imports {error.name!r}, which is not installed: give this interpreter {PACKAGES}"
        ) from error
    return generator, predictor


@contextmanager
def _importable(root: str) -> Iterator[None]:
    sys.path.insert(0, root)
    try:
        yield
    finally:
        sys.path.remove(root)


def _f0(module: Any, mel: Tensor, finalize: bool) -> Tensor:
    """The first lines of the original's `inference`, without what comes after them."""
    f0: Tensor = module.f0_predictor(mel.to(torch.float64), finalize=finalize)
    return f0.to(mel)


def _source(module: Any, f0: Tensor) -> Tensor:
    """The next lines of it."""
    wave: Tensor = module.m_source(module.f0_upsamp(f0[:, None]).transpose(1, 2))[0]
    return wave.transpose(1, 2)


def _stft(stft: Callable[..., tuple[Tensor, Tensor]], x: Tensor) -> tuple[Tensor, Tensor]:
    real, imag = stft(x)
    return tap("stft_real", real), tap("stft_imag", imag)


def _istft(istft: Callable[..., Tensor], magnitude: Tensor, phase: Tensor) -> Tensor:
    return istft(tap("magnitude", magnitude), tap("phase", phase))


def _tap_fused(level: int, module: nn.Module, arguments: tuple[Tensor]) -> None:
    fused = arguments[0]
    given = tap(f"fused.{level}", fused)
    if given is not fused:
        # Two more blocks read this very tensor.
        fused.copy_(given)
