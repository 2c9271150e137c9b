"""The Rust side: how the crate is called. The taps come from the crate itself."""

import ctypes
import json
import os

import numpy as np
from safetensors.numpy import load_file

KEYS = ("norm.weight", "norm.bias", "up.weight", "up.bias", "down.weight", "down.bias")


def stages():
    """Return the stages that `load` knows."""
    return ["block"]


def load(stage, weights, config):
    """Return what runs a stage, with its weights."""
    return Block(load_file(weights[0]), json.loads(config))


class Block:
    """The crate's one function, with its weights."""

    def __init__(self, weights, config):
        self.library = ctypes.CDLL(os.environ["WORKBENCH_ARTIFACT"])
        self.kept = [np.ascontiguousarray(weights[key], np.float32) for key in KEYS]
        self.weights = (ctypes.c_void_p * len(KEYS))(*(array.ctypes.data for array in self.kept))
        self.sizes = config["dim"], config["hidden"]

    def run(self, inputs):
        """Return the outputs by name."""
        x = np.ascontiguousarray(inputs["x"], np.float32)
        y = np.empty_like(x)
        sizes = [ctypes.c_size_t(size) for size in (x.shape[0], *self.sizes)]
        self.library.block(ctypes.c_void_p(x.ctypes.data), *sizes, self.weights, ctypes.c_void_p(y.ctypes.data))
        return {"y": y}
