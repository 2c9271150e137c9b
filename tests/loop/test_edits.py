"""A line is edited and saved; the row that turns red is the edited layer, by its own error; reverting mends it."""

from pathlib import Path

from tests.loop.driving import running
from workbench.model.row import Change
from workbench.model.verdict import Verdict

BLOCK = "transformer_blocks.0"

EDITS = [
    ("eps", "norm.rs", "EPS: f64 = 1e-6", "EPS: f64 = 1e-5", f"{BLOCK}.attn_norm.0"),
    ("activation", "feed_forward.rs", "hidden.gelu()?", "hidden.gelu_erf()?", f"{BLOCK}.ff.ff.2"),
    ("chunk order", "block.rs", "&m.shift_attn, &m.scale_attn", "&m.scale_attn, &m.shift_attn", f"{BLOCK}.attn_norm.0"),
    ("rotary", "attention.rs", "&rotation.apply(&k)?", "&k.clone()", f"{BLOCK}.attn.k_rotary"),
    ("timestep scale", "time_embed.rs", "(t * 1000.0)?", "(t * 100.0)?", "time_embed.time_embed"),
    ("residual", "block.rs", "(x + attended.broadcast_mul(&m.gate_attn)?)?", "attended.broadcast_mul(&m.gate_attn)?",
     f"{BLOCK}.attn_residual"),
]  # fmt: skip


async def test_every_edit_is_found_where_it_was_made(workspace: Path) -> None:
    async with running(workspace) as loop:
        assert loop.board.check and loop.board.check.verdict is Verdict.PASS
        for name, file, old, new, expected in EDITS:
            done, line = await loop.save(file, old, new)
            assert done.verdict is Verdict.FAIL, name
            first = done.first
            assert first and first.name == expected, (name, first)
            assert first.local and first.local.times_rms > 4, name
            assert first.change is Change.BROKEN
            assert [source.text for source in done.edited] == [f"rust/cosyvoice3/src/flow/{file}:{line}"]
            if first.source and first.source.file.endswith(file) and first.source.first <= line <= first.source.last:
                assert first.source.edited == line
            others = [row for row in loop.board.all_rows() if row.verdict is Verdict.LIMITED]
            assert all(row.order > first.order for row in others), name
            done, _ = await loop.save(file, new, old)
            assert done.verdict is Verdict.PASS, name
            row = next(row for row in loop.board.all_rows() if row.name == expected)
            assert row.change is Change.FIXED, name
