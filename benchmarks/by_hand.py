"""The check by hand that the port's protocol describes, in a fresh Python: reference, weights, both sides, L1.

Run with: artifact, session's folder, config file, weights file. The last line is JSON: the seconds of the port alone.
"""

import importlib
import json
import sys
import time
import tomllib
from pathlib import Path


def main(artifact: str, session: str, config_file: str, weights: str) -> None:
    sys.path[:0] = [session, str(Path(artifact).parent)]
    import numpy
    import torch
    from safetensors.torch import load_file

    declared = tomllib.loads(Path(session, "session.toml").read_text())
    stage = importlib.import_module("cosyvoice3_reference.flow.stages").FlowDit()
    port = importlib.import_module("cosyvoice3")
    config = json.loads(Path(config_file).read_text())["flow"]["dit"]
    with torch.inference_mode():
        module = stage.build(load_file(weights), config)
        begun = time.perf_counter()
        handle = port.load("flow.dit", [weights], json.dumps(config))
        bare = time.perf_counter() - begun
        for name in declared["stages"]["flow.dit"]["inputs"]:
            inputs = stage.inputs(name, config)
            wanted = stage.run(module, inputs)["velocity"].numpy()
            given = {key: value.numpy() for key, value in inputs.items()}
            begun = time.perf_counter()
            got = handle.run(given)["velocity"]
            bare += time.perf_counter() - begun
            print(name, numpy.abs(wanted - got).mean())
    print(json.dumps({"bare": bare}))


if __name__ == "__main__":
    main(*sys.argv[1:])
