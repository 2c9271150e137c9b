"""A configuration object of the size's JSON as a dataclass."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, TypeVar

Sizes = TypeVar("Sizes")


def read(cls: type[Sizes], config: Mapping[str, Any], what: str) -> Sizes:
    """Take exactly the keys that the dataclass declares; raises ValueError that names what is missing or unknown."""
    names = {field.name for field in fields(cls)}  # type: ignore[arg-type]
    missing, unknown = sorted(names - config.keys()), sorted(config.keys() - names)
    if missing or unknown:
        raise ValueError(f"{what} configuration: missing {missing}, unknown {unknown}")
    return cls(**config)
