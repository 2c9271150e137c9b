"""A build and what was measured on it, as text."""

from collections.abc import Iterator

from workbench.model.build import Build
from workbench.model.events import AfterGreen
from workbench.report.numbers import seconds


def after_green(event: AfterGreen) -> str:
    """Return what a command that ran after green gave."""
    if event.problem:
        return f"failed: {event.problem}"
    return event.figure.line if event.figure else f"done in {seconds(event.seconds)}"


def card(build: Build) -> str:
    """Return all that is said of a build behind its number."""
    return " ".join(filter(None, (kind(build), chosen(build))))


def kind(build: Build) -> str:
    """Return a build's profile, and what it is where that is no module with tapped layers."""
    return " ".join(_kind(build))


def chosen(build: Build) -> str:
    """Return a build's features and the switches that are set."""
    return " ".join(_chosen(build))


def _chosen(build: Build) -> Iterator[str]:
    yield from (f"+{feature}" for feature in build.card.features)
    yield from (f"{name}={value}" for name, value in build.card.switches.items())


def _kind(build: Build) -> Iterator[str]:
    unoptimised = build.card.opt_level == "0"
    if build.profile:
        yield f"{build.profile} (not optimised)" if unoptimised else build.profile
    if build.runs != "module":
        yield {"executable": "executable", "folder": "tensors"}[build.runs]
    elif not build.layers:
        yield "no layers"


def age(build: Build) -> str:
    """Return a build's age against its newest source, or nothing where no source is known."""
    card = build.card
    if not card.newest:
        return ""
    apart = card.compiled_at - card.newest_at
    return f"made {seconds(abs(apart))} {'after' if apart >= 0 else 'BEFORE'} {card.newest}"
