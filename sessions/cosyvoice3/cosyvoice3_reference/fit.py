"""From a checkpoint's tensors to a loaded module."""

from collections.abc import Callable, Mapping

from torch import Tensor, nn

from cosyvoice3_reference.blank import blank


def fitted(make: Callable[[], nn.Module], weights: Mapping[str, Tensor], stage: str) -> nn.Module:
    """Make the module and give it its weights, float32, for evaluation.

    Keys that are no layer's are left alone. Raises ValueError that names keys that are missing or of another shape.
    """
    module = blank(make)
    state = module.state_dict()
    problems = [
        f"{key} is missing"
        if key not in weights
        else f"{key} is {list(weights[key].shape)} where the configuration makes it {list(value.shape)}"
        for key, value in state.items()
        if key not in weights or weights[key].shape != value.shape
    ]
    if problems:
        more = f" and {len(problems) - 5} more" if len(problems) > 5 else ""
        raise ValueError(f"{stage}: the checkpoint does not fit: {'; '.join(problems[:5])}{more}")
    module.load_state_dict({key: weights[key].float() for key in state}, assign=True)
    return module.eval().requires_grad_(False)
