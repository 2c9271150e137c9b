"""Which parts are looked at first."""

from workbench.engine.parts import Seen

BLOCK = ("attn.to_q", "ff.ff.2")
FILES = {
    "time_embed.time_mlp.0": "src/time.rs",
    **{f"blocks.{i}.{name}": f"src/{name.split('.')[0]}.rs" for i in range(12) for name in BLOCK},
    **{f"blocks.{i}": "src/block.rs" for i in range(12)},
    "norm_out": "src/dit.rs",
}
PARTS = ("time_embed", *(f"blocks.{i}" for i in range(12)), "norm_out")


def seen(seconds: float = 3.0, failed: frozenset[str] = frozenset()) -> Seen:
    return Seen(PARTS, seconds, FILES, failed)


def test_a_stage_is_near_to_the_files_that_its_taps_come_from() -> None:
    near, failed = seen(), seen(failed=frozenset({"blocks.0"}))
    assert near.distance(["src/time.rs", "other/x.rs"]) == 0
    assert near.distance(["src/helper.rs"]) == 1
    assert failed.distance(["other/time.rs"]) == 2
    assert near.distance(["other/time.rs"]) == near.distance([]) == 3


def test_a_quick_stage_is_run_whole() -> None:
    assert seen(seconds=0.5).first_look(["src/attn.rs"]) == []


def test_of_the_parts_that_an_edit_reaches_the_first_of_each_kind() -> None:
    assert seen().first_look(["src/attn.rs"]) == ["blocks.0"]
    assert seen().first_look(["src/time.rs", "src/block.rs"]) == ["time_embed", "blocks.0"]


def test_an_edit_that_no_tap_comes_from_may_reach_every_kind() -> None:
    assert seen().first_look(["src/helpers.rs"]) == ["time_embed", "blocks.0", "norm_out"]


def test_the_first_part_that_failed_is_looked_at_again() -> None:
    failed = frozenset({"blocks.7.ff.ff.2", "blocks.10"})
    assert seen(failed=failed).first_look(["src/time.rs"]) == ["time_embed", "blocks.7"]


def test_block_1_is_not_block_10() -> None:
    """Its taps are its own: `blocks.1` begins the name of `blocks.10` too."""
    assert Seen(("blocks.1", "blocks.10"), 3.0, {"blocks.10.a": "x.rs", "blocks.1.a": "y.rs"}).first_look(["x.rs"]) == [
        "blocks.10"
    ]
