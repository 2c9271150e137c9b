"""What the checkpoint, the reference and the port's reads say of each other before a number is compared."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from workbench.compare.floor import FLOATS
from workbench.compare.folding import folded
from workbench.model.events import PreflightFinding


@dataclass(frozen=True)
class Form:
    """Dtype and shape of a tensor in a checkpoint or of a module's parameter."""

    dtype: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Facts:
    """What is known once the port has loaded a stage; all names are checkpoint keys without the stage's prefix.

    `stored` is all that the checkpoint has under the prefix, `used` the parameters of the modules that the reference
    called, `read` what the port read. `other` has, by key, an element of the reference's parameter that is not the
    checkpoint's, and the checkpoint's.
    """

    stored: Mapping[str, Form]
    used: Mapping[str, Form]
    read: frozenset[str]
    other: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def unread(self) -> list[str]:
        """Keys that the reference uses and the port never read."""
        return [key for key in self.stored if key in self.used and key not in self.read]

    @property
    def partly_unread(self) -> dict[str, tuple[str, ...]]:
        """By module: parameters that the port never read where it read others of the same module."""
        found: dict[str, tuple[str, ...]] = {}
        for key in self.unread:
            module, _, parameter = key.rpartition(".")
            if any(other in self.read for other in self.used if other.rpartition(".")[0] == module):
                found[module] = (*found.get(module, ()), parameter)
        return found


def findings(facts: Facts) -> tuple[PreflightFinding, ...]:
    """Return what is wrong (`error`) and what is odd (`warning`), errors first."""
    errors = [PreflightFinding(text=text, level="error") for text in _errors(facts)]
    return (*errors, *(PreflightFinding(text=text) for text in _warnings(facts)))


def _errors(facts: Facts) -> Iterator[str]:
    for name in folded(facts.unread, facts.stored.keys() - set(facts.unread)):
        yield f"the port never read {name}, which the reference uses"
    if facts.other:
        yield _other_checkpoint(facts)


def _other_checkpoint(facts: Facts) -> str:
    names = ", ".join(folded(list(facts.other), facts.stored.keys() - facts.other.keys()))
    key, (reference, stored) = next(iter(facts.other.items()))
    return (
        f"the reference's {names} is not what the port's checkpoint has (in `{key}` {reference:.6g} for {stored:.6g}): "
        "two checkpoints of one model?"
    )


def _warnings(facts: Facts) -> Iterator[str]:
    # Integers are counters that training keeps (`num_batches_tracked`).
    stored = {key for key, form in facts.stored.items() if form.dtype in FLOATS}
    idle = [key for key in facts.stored if key in stored and key not in facts.used and key not in facts.read]
    for name in folded(idle, facts.stored.keys() - set(idle)):
        yield f"the port never read {name}, and no module of the reference uses it"
    yield from _initial(facts)
    both = [(key, form, facts.used[key]) for key, form in facts.stored.items() if key in facts.used]
    for key, stored_form, used_form in both:
        if stored_form.shape != used_form.shape:
            yield f"`{key}` is {_shape(stored_form)} in the checkpoint and {_shape(used_form)} in the reference"
    other = [(key, a.dtype, b.dtype) for key, a, b in both if a.dtype != b.dtype]
    for pair in sorted({(a, b) for _, a, b in other}):
        keys = [key for key, *dtypes in other if tuple(dtypes) == pair]
        names = ", ".join(folded(keys, facts.stored.keys() - set(keys)))
        yield f"{pair[0]} in the checkpoint and {pair[1]} in the reference: {names}"


def _initial(facts: Facts) -> Iterator[str]:
    """Name parameters that no key of the checkpoint gives; a reference that names most of its own way says nothing."""
    absent = [key for key in facts.used if key not in facts.stored]
    if 2 * len(absent) < len(facts.used):
        for name in folded(absent, facts.used.keys() - set(absent)):
            yield f"the checkpoint has no {name}, which the reference uses: left at its initial value?"


def _shape(form: Form) -> str:
    return "×".join(map(str, form.shape)) or "a scalar"
