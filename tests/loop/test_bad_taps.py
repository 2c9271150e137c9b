"""Tensors that no comparison can take: each is the FAIL of its own row, and the rows around it are still there."""

from pathlib import Path

from tests.loop.driving import running
from workbench.model.events import decode, encode
from workbench.model.verdict import Verdict

TAP = 'tap::tap("attn_residual", &x)?'
BOTH = f"{{ {TAP}; {TAP} }}"
ROW = "transformer_blocks.0.attn_residual"

BAD = [
    ("NaN", 'tap::tap("attn_residual", &(&x * f64::NAN)?)?', "NaN or inf where the reference has none, at "),
    ("inf", 'tap::tap("attn_residual", &x.affine(0.0, f64::INFINITY)?)?', "NaN or inf where the reference has none"),
    ("no elements", '{ tap::tap("attn_residual", &x.narrow(1, 0, 0)?)?; x }', "shape 2×0×128, the reference has "),
    (
        "integers",
        'tap::tap("attn_residual", &x.to_dtype(candle_core::DType::I64)?)?.to_dtype(x.dtype())?',
        "dtype i64, the reference has f32",
    ),
]


async def test_a_bad_tensor_is_the_failure_of_its_row(brief: Path) -> None:
    async with running(brief) as loop:
        before, there = {(row.input, row.name) for row in loop.board.all_rows()}, TAP
        for name, code, told in BAD:
            done, line = await loop.save("block.rs", there, code)
            assert done.verdict is Verdict.FAIL and done.first, name
            assert done.first.name == ROW and done.first.source and done.first.source.last >= line, (name, done.first)
            wrong = [row for row in loop.board.all_rows() if row.name == ROW]
            assert wrong and any(told in row.reason for row in wrong), (name, wrong)
            assert {(row.input, row.name) for row in loop.board.all_rows()} == before, name
            there = code
        assert [decode(encode(event)) for event in loop.events[-2000:]]
        done, _ = await loop.save("block.rs", there, BOTH)
        rows = {row.name: row for row in loop.board.all_rows()}
        assert done.verdict is Verdict.PASS and rows[ROW].verdict is Verdict.PASS
        second = rows[f"{ROW}#1"]
        assert second.verdict is Verdict.UNCHECKED and second.reason == "the reference has no tap of this name"
        done, _ = await loop.save("block.rs", BOTH, TAP)
        assert done.verdict is Verdict.PASS
        assert not any(row.name.endswith("#1") for row in loop.board.all_rows())
