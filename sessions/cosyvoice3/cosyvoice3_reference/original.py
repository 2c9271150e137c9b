"""The estimator made from CosyVoice's own sources, with taps under the names of ours."""

import importlib
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, wraps
from pathlib import Path
from types import ModuleType
from typing import Any

from torch import Tensor, nn

from cosyvoice3_reference.config import DitConfig
from workbench.reference import tap

ROOT_VARIABLE = "COSYVOICE_ROOT"
DIT_SOURCE = Path("cosyvoice/flow/DiT/dit.py")
PACKAGES = "x-transformers==2.11.24 einops"

_rotary_taps: list[str] = []


def make(root: str, config: DitConfig) -> nn.Module:
    """CosyVoice's `DiT` of that configuration, from the checkout at `root`.

    Its kernel, groups and time frequencies are fixed at 31, 16 and 256. Raises FileNotFoundError or
    ModuleNotFoundError, which say what to provide.
    """
    dit: nn.Module = _dit_source(root).DiT(
        dim=config.dim,
        depth=config.depth,
        heads=config.heads,
        dim_head=config.dim_head,
        ff_mult=config.ff_mult,
        mel_dim=config.mel_dim,
        mu_dim=config.mu_dim,
        spk_dim=config.spk_dim,
        out_channels=config.mel_dim,
        static_chunk_size=config.static_chunk_size,
        num_decoding_left_chunks=-1,
    )
    for block in dit.get_submodule("transformer_blocks").children():
        block.get_submodule("attn").register_forward_pre_hook(_expect_query_then_key)
        block.get_submodule("ff_norm").register_forward_pre_hook(_tap_residual)
        block.get_submodule("ff").register_forward_pre_hook(_tap_modulated)
    return dit


@cache
def _dit_source(root: str) -> ModuleType:
    with checkout(root, {"torchaudio": {}}):
        modules: Any = importlib.import_module("cosyvoice.flow.DiT.modules")
        dit = importlib.import_module("cosyvoice.flow.DiT.dit")
    modules.apply_rotary_pos_emb = _tapped(modules.apply_rotary_pos_emb)
    return dit


@contextmanager
def checkout(root: str, unused: Mapping[str, Mapping[str, Any]]) -> Iterator[None]:
    """Put the checkout on the path and, others in the stead of modules that its sources name but a stage never uses.

    `unused` has the names that are imported from each of them, and what stands for these. Modules that are there
    already stay. Raises FileNotFoundError or ModuleNotFoundError, which say what to provide.
    """
    if not (Path(root) / DIT_SOURCE).is_file():
        raise FileNotFoundError(f"{ROOT_VARIABLE} is {root!r}, which has no {DIT_SOURCE}: name a checkout of CosyVoice")
    absent = {name: names for name, names in unused.items() if name not in sys.modules}
    for name, names in absent.items():
        sys.modules[name] = ModuleType(name)
        vars(sys.modules[name]).update(names)
    sys.path.insert(0, root)
    try:
        yield
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            f"CosyVoice's flow imports {error.name!r}, which is not installed: give this interpreter {PACKAGES}"
        ) from error
    finally:
        sys.path.remove(root)
        for name in absent:
            del sys.modules[name]


def _expect_query_then_key(module: nn.Module, arguments: Any) -> None:
    _rotary_taps[:] = ["q_rotary", "k_rotary"]


def _tapped(rotate: Callable[..., Tensor]) -> Callable[..., Tensor]:
    @wraps(rotate)
    def rotate_and_tap(*arguments: Any) -> Tensor:
        return tap(_rotary_taps.pop(0), rotate(*arguments))

    return rotate_and_tap


def _tap_residual(module: nn.Module, arguments: tuple[Tensor]) -> None:
    residual = arguments[0]
    given = tap("attn_residual", residual)
    if given is not residual:
        # The block goes on to add the feed-forward to this very tensor, so a hook's return value would not reach it.
        residual.copy_(given)


def _tap_modulated(module: nn.Module, arguments: tuple[Tensor]) -> tuple[Tensor]:
    return (tap("ff_modulated", arguments[0]),)
