"""What a kind of native side cannot be checked for, and why."""

from workbench.model.build import Runs

NO_LOCAL = "so there is no local column"
MISSING: dict[Runs, str] = {
    "module": "the port has no tap here",
    "executable": "the executable writes no tap of this name",
    "folder": "the folder of tensors has none of this name",
}
"""Why a tap of the reference has no counterpart."""


def unchecked(runs: Runs, injects: bool, tapped: bool) -> str:
    """Return the sentence beside a stage whose port has no taps, or takes nothing in at them; else nothing."""
    if runs == "folder":
        return f"tensors in a folder are not run: nothing can be put in, {NO_LOCAL}"
    if not tapped:
        return f"the {runs} has no taps: only its outputs are compared, {NO_LOCAL}"
    if not injects:
        return f"the executable did not say that it reads $WORKBENCH_INJECT: nothing is put in, {NO_LOCAL}"
    return ""
