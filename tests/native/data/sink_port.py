"""A stage module in plain Python, which takes the sink as an argument."""

import numpy as np


def stages():
    return ["tiny.net"]


def load(stage, weights, config):
    return Handle()


class Handle:
    def run(self, inputs, sink=None):
        def tap(name, array, line):
            replacement = sink(name, array, f"port.py:{line}")
            return array if replacement is None else replacement

        x = inputs["x"]
        first = tap("net.first", x * np.float32(2.0001), 7)
        total = tap("net.total", first + x, 9)
        y = total * np.float32(0.5)
        return {"y": y, "transposed": np.swapaxes(y, 0, 1)}
