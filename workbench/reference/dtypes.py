"""Tensors as safetensors sees them: dtype names, raw bytes, complex numbers as pairs."""

from __future__ import annotations

import torch

from workbench.reference.failure import Failure

STORED = {
    torch.bool: "BOOL",
    torch.uint8: "U8",
    torch.int8: "I8",
    torch.int16: "I16",
    torch.int32: "I32",
    torch.int64: "I64",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.float32: "F32",
    torch.float64: "F64",
}


def plain(tensor: torch.Tensor) -> torch.Tensor:
    """The tensor as it is stored: on the CPU, dense, complex numbers as a last axis of 2.

    Raises Failure for a layout or dtype that safetensors has no name for.
    """
    if tensor.layout != torch.strided or tensor.is_quantized:
        raise Failure("a sparse or quantised tensor cannot be stored; make it dense first")
    tensor = tensor.detach().resolve_conj().resolve_neg()
    if tensor.is_complex():
        tensor = torch.view_as_real(tensor)
    if tensor.dtype not in STORED:
        raise Failure(f"a tensor of dtype {tensor.dtype} cannot be stored; cast it first")
    return tensor.cpu()


def raw(tensor: torch.Tensor) -> memoryview:
    """The bytes of a plain tensor in row-major order, little-endian; no copy where it is contiguous already."""
    flat = tensor.contiguous().reshape(-1)
    return flat.view(torch.uint8).numpy().data


def name_of(tensor: torch.Tensor) -> str:
    """The dtype as manifests write it: "f32", "bf16", "i64", "bool"."""
    return STORED[tensor.dtype].lower()
