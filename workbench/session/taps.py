"""Whether the taps that a session.toml names are there; only a capture can tell."""

from collections.abc import Set

from workbench.session.load import Loaded, refuse
from workbench.session.nearest import nearest


def require_taps(loaded: Loaded, stage: str, taps: Set[str], inputs: Set[str]) -> None:
    """Raise WorkbenchError, with file, line and the nearest name, where a stage declares something of no tap."""
    config = loaded.session.stages[stage]
    for table, known in (("ranges", taps | inputs),):
        for name in getattr(config, table):
            if name not in known:
                near = nearest(name, known)
                said = f"there is no tap `{name}`" + (f" (did you mean `{near}`?)" if near else "")
                refuse(loaded.path, loaded.path.read_text("utf-8"), (("stages", stage, table, name), said))
