"""Messages of cargo and rustc, as values."""

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from workbench.build import narration
from workbench.build.diagnostics import Artifact, Finished, read


def span(file: str, line: int, primary: bool = True, expansion: object = None) -> dict:
    return {
        "file_name": file,
        "line_start": line,
        "column_start": 5,
        "is_primary": primary,
        "expansion": expansion,
    }


def message(level: str = "error", text: str = "mismatched types", spans: tuple = (), **more: object) -> str:
    body = {"level": level, "message": text, "spans": list(spans), "code": None, "rendered": "R", "children": []}
    return json.dumps({"reason": "compiler-message", "package_id": "p", "message": body | more})


def test_place_is_the_primary_span():
    said = read(message(spans=(span("a.rs", 1, False), span("b.rs", 7)), code={"code": "E0308", "explanation": "why"}))
    assert (said.file, said.line, said.column, said.code, said.explanation) == ("b.rs", 7, 5, "E0308", "why")


def test_place_of_a_foreign_macro_is_where_the_user_called_it():
    inner = span("<::core::macros::panic macros>", 1, expansion={"span": span("port/src/attn.rs", 12)})
    assert read(message(spans=(inner,))).line == 12
    std = span("/home/u/.rustup/lib/rustlib/src/rust/library/core/x.rs", 9, expansion={"span": inner})
    assert read(message(spans=(std,))).file == "port/src/attn.rs"


def test_summaries_are_dropped():
    assert read(message("failure-note", "For more information about this error, try …")) is None
    assert read(message("error", "aborting due to 2 previous errors")) is None
    assert read(message("warning", "3 warnings emitted")) is None


def test_an_error_without_a_place_stays():
    assert read(message("error", "linking with `cc` failed")).file == ""
    assert read(message("error: internal compiler error", "oh")).level == "error"


def test_artifacts_and_the_end():
    body = {"package_id": "p", "target": {"kind": ["cdylib"]}, "filenames": ["/t/l.so"], "fresh": True}
    said = read(json.dumps({"reason": "compiler-artifact"} | body))
    assert said == Artifact("p", ("cdylib",), (Path("/t/l.so"),), True)
    assert read('{"reason":"build-finished","success":false}') == Finished(False)
    assert read('{"reason":"build-script-executed","package_id":"p"}') is None


@given(st.one_of(st.text(), st.text().map(lambda text: json.dumps({"reason": text, "message": text}))))
def test_nothing_that_is_printed_can_raise(line: str):
    read(line)
    narration.read(line)


def test_narration():
    assert narration.read("   Compiling serde v1.0.1") == narration.Compiling("serde")
    assert narration.read("\x1b[1m\x1b[92m   Compiling\x1b[0m a-b v0.1.0 (/x y)") == narration.Compiling("a-b")
    waiting = narration.read("    Blocking waiting for file lock on artifact directory")
    assert waiting == narration.Waiting("artifact directory")
    assert narration.read("    Finished `dev` profile") is None


def test_reasons():
    assert "cargo check" in narration.reason("error: cannot create the lock file x because --locked was passed", 101)
    assert "out of memory" in narration.reason("", 137)
    assert narration.reason("   Compiling x v1\nerror: failed to run custom build command\n  why", 101) == (
        "error: failed to run custom build command\n  why"
    )
    assert narration.reason("", 101) == "cargo ended with status 101."


def test_a_missing_toolchain_names_its_command():
    said = narration.missing_toolchain("error: toolchain '1.2.3-x86_64' is not installed")
    assert "rustup toolchain install 1.2.3-x86_64" in said
    assert narration.missing_toolchain("error: anything else") == ""
