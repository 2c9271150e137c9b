"""What is said of a stage's weights before a number is compared."""

from workbench.compare.folding import folded
from workbench.compare.preflight import Facts, Form, findings

MATRIX, COUNTER = Form("f32", (4, 4)), Form("i64", ())
BLOCK = [f"blocks.{{}}.ff.{layer}.{leaf}" for layer in (0, 2) for leaf in ("weight", "bias")]


def keys(*blocks: int) -> list[str]:
    return [key.format(block) for block in blocks for key in BLOCK]


def said(facts: Facts) -> list[str]:
    return [finding.line for finding in findings(facts)]


def test_blocks_that_the_port_never_read_are_one_error() -> None:
    stored = {key: MATRIX for key in ["proj.weight", *keys(*range(22))]}
    facts = Facts(stored, stored, frozenset(["proj.weight", *keys(0, 1)]))
    assert said(facts) == ["✗ the port never read `blocks.2 … 21` (20 blocks, 80 keys), which the reference uses"]
    assert facts.partly_unread == {}


def test_blocks_that_neither_side_reads_are_a_warning() -> None:
    stored = {key: MATRIX for key in keys(*range(6))}
    both = {key: MATRIX for key in keys(0, 1)}
    lines = said(Facts(stored, both, frozenset(both)))
    assert lines == ["! the port never read `blocks.2 … 5` (4 blocks, 16 keys), and no module of the reference uses it"]


def test_a_bias_that_was_left_out_is_an_error_of_its_module() -> None:
    stored = {key: MATRIX for key in keys(0, 1, 2)}
    left_out = {"blocks.0.ff.2.bias", "blocks.1.ff.2.bias"}
    facts = Facts(stored, stored, frozenset(stored.keys() - left_out))
    assert said(facts) == ["✗ the port never read `blocks.0 … 1.ff.2.bias` (2 keys), which the reference uses"]
    assert facts.partly_unread == {"blocks.0.ff.2": ("bias",), "blocks.1.ff.2": ("bias",)}


def test_all_keys_read_and_a_counter_left_say_nothing() -> None:
    stored = {**{key: MATRIX for key in keys(0)}, "norm.num_batches_tracked": COUNTER}
    used = {key: MATRIX for key in keys(0)}
    assert said(Facts(stored, used, frozenset(used))) == []


def test_another_dtype_and_another_shape_are_warnings() -> None:
    stored = {"a.weight": Form("bf16", (4, 8)), "b.weight": Form("f32", (8, 4))}
    used = {"a.weight": Form("f32", (4, 8)), "b.weight": Form("f32", (4, 8))}
    assert said(Facts(stored, used, frozenset(stored))) == [
        "! `b.weight` is 8×4 in the checkpoint and 4×8 in the reference",
        "! bf16 in the checkpoint and f32 in the reference: `a` (1 key)",
    ]


def test_another_checkpoint_on_the_references_side_is_one_error() -> None:
    stored = {key: MATRIX for key in keys(0, 1)}
    other = {key: (0.5, 0.25) for key in keys(1)}
    assert said(Facts(stored, stored, frozenset(stored), other)) == [
        "✗ the reference's `blocks.1` (4 keys) is not what the port's checkpoint has (in `blocks.1.ff.0.weight` 0.5 "
        "for 0.25): two checkpoints of one model?"
    ]


def test_consecutive_numbers_fold_and_a_gap_parts_them() -> None:
    assert list(folded(keys(0, 1, 4), keys(2, 3))) == ["`blocks.0 … 1` (2 blocks, 8 keys)", "`blocks.4` (4 keys)"]
