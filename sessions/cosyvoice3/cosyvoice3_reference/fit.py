"""From a checkpoint's tensors to a loaded module."""

from collections.abc import Callable, Mapping

from torch import Tensor, nn

from cosyvoice3_reference.blank import blank

SHOWN = 5


def fitted(make: Callable[[], nn.Module], weights: Mapping[str, Tensor], stage: str) -> nn.Module:
    """Make the module and give it its weights, float32, for evaluation.

    Keys that are no layer's are left alone. Raises ValueError that names keys that are missing or of another shape.
    """
    module = blank(make)
    own = {key: weights[key].float() for key in module.state_dict() if key in weights}
    require_fit(module, own, f"{stage}: the checkpoint does not fit")
    module.load_state_dict(own, assign=True)
    return module.eval().requires_grad_(False)


def require_fit(module: nn.Module, own: Mapping[str, Tensor], said: str) -> None:
    """Raise ValueError that begins with `said` and names keys that are missing, of no layer, or of another shape."""
    expected = {key: value.shape for key, value in module.state_dict().items()}
    problems = [f"{key} is missing" for key in expected if key not in own]
    problems += [f"{key} belongs to no layer" for key in own if key not in expected]
    problems += [
        f"{key} is {list(own[key].shape)} where the configuration makes it {list(shape)}"
        for key, shape in expected.items()
        if key in own and own[key].shape != shape
    ]
    if problems:
        more = f" and {len(problems) - SHOWN} more" if len(problems) > SHOWN else ""
        raise ValueError(f"{said}: {'; '.join(problems[:SHOWN])}{more}")
