"""Declared layouts: how the axes of a native tensor become those of the reference's, `b t d -> b d t`."""


def axes(pattern: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of the native and of the reference's axes.

    Raises ValueError unless both sides name the same axes, each once: an axis that is merged or split is no layout.
    """
    native, arrow, reference = (part.strip() for part in pattern.partition("->"))
    left, right = tuple(native.split()), tuple(reference.split())
    if not arrow or sorted(left) != sorted(right) or len(set(left)) != len(left) or not left:
        raise ValueError(f"`{pattern}` is no layout: write the same axes on both sides, as in `b t d -> b d t`")
    return left, right


def to_reference(pattern: str) -> tuple[int, ...]:
    """Return the order in which the native axes are the reference's, as numpy's `transpose` takes it."""
    native, reference = axes(pattern)
    return tuple(native.index(name) for name in reference)


def to_native(pattern: str) -> tuple[int, ...]:
    """Return the order in which the reference's axes are the native ones."""
    native, reference = axes(pattern)
    return tuple(reference.index(name) for name in native)
