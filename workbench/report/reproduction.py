"""What stands beside exported tensors, for someone who has no workbench."""

from workbench.model.cause import Explanation
from workbench.model.row import Row
from workbench.report.cause import explanation_lines
from workbench.report.numbers import error, shape, times


def readme(row: Row, explanation: Explanation | None) -> str:
    """Return the facts of a row, its cause where that is known, and what the files are."""
    columns = [("local", row.local), ("accumulated", row.accumulated)]
    fed = "with the reference's own tensors put in at every tap before this one" if row.local else "left alone"
    lines = [
        f"{row.name} ({row.kind}, {row.dtype} {shape(row.shape)}) of stage {row.stage} on input {row.input}",
        "",
        f"  {row.verdict.value}: {row.reason}",
        *(f"  {name:<11} rms {error(each.rms)}, {times(each.times_rms)}× floor" for name, each in columns if each),
        *([f"  port        {row.source.text}"] if row.source else []),
        *([f"  reference   {row.reference_source.text}"] if row.reference_source else []),
        *(f"  {line}" for line in (explanation_lines(explanation) if explanation else ())),
        "",
        "inputs.safetensors    the stage's inputs",
        "expected.safetensors  the reference's tensor at the tap, in float32",
        f"actual.safetensors    the port's, computed {fed}",
        "noise.safetensors     expected minus the reference in float64, where that was measured",
        "config.json           what both sides are built from",
        "row.json              these facts, and the errors that are allowed",
        "compare.py            python compare.py (numpy, safetensors): exit 1 while the tensors differ by more",
        "",
    ]
    return "\n".join(lines)
