"""The rows of a sound, one for each of its numbers, beside the row of its tap."""

from collections.abc import Iterator

from workbench.compare.floor import Noise
from workbench.compare.sounds import facets, verdict
from workbench.model.row import SOUND, Row
from workbench.model.session import Factor
from workbench.model.sound import Numbers


def sound_rows(tap: Row, numbers: Numbers, noise: Noise | None, factor: Factor) -> Iterator[Row]:
    """Yield the rows of a sound whose tap was judged as `tap`."""
    for number, facet in enumerate(facets(numbers, noise, tap.dtype, factor), 1):
        judged, reason = verdict(facet, tap.verdict, tap.reason)
        yield Row(
            stage=tap.stage, input=tap.input, name=f"{tap.name}:{facet.name}", order=tap.order + number, kind=SOUND,
            dtype=tap.dtype, shape=(), verdict=judged, reason=reason, accumulated=facet.error, said=facet.said,
        )  # fmt: skip
