"""`workbench init` on what people have: the session loads, names the right crate, and overwrites nothing."""

import json
from pathlib import Path

import pytest

from tests.cli.driving import one_sentence, run
from workbench.session.load import Loaded, load
from workbench.starting.found import look

LIBRARY = '[lib]\ncrate-type = ["cdylib"]\n'
PYO3 = "use pyo3::prelude::*;\n#[pymodule]\nfn {name}(m: &Bound<'_, PyModule>) -> PyResult<()> {{ Ok(()) }}\n"
MATURIN = '[build-system]\nrequires = ["maturin"]\nbuild-backend = "maturin"\n'
MODEL = "import torch\n\nclass Net(torch.nn.Module):\n    def forward(self, x, mask=None):\n        return x\n"


def package(name: str, rest: str = LIBRARY) -> str:
    return f'[package]\nname = "{name}"\nversion = "0.1.0"\nedition = "2021"\n{rest}'


LAYOUTS: dict[str, tuple[dict[str, str], tuple[str, ...], dict[str, object]]] = {
    "a single crate": (
        {"Cargo.toml": package("net-rs"), "src/lib.rs": "", "net.py": MODEL},
        (), {"name": "net", "manifest": "../../Cargo.toml", "package": "net-rs"},
    ),
    "a workspace": (
        {"Cargo.toml": '[workspace]\nmembers = ["crates/*"]\n', "crates/core/Cargo.toml": package("core", ""),
         "crates/core/src/lib.rs": "", "crates/port/Cargo.toml": package("port"), "crates/port/src/lib.rs": ""},
        (), {"name": "port", "manifest": "../../crates/port/Cargo.toml"},
    ),
    "nested and far": (
        {"native/rust/impl/Cargo.toml": package("deep"), "native/rust/impl/src/lib.rs": ""},
        (), {"manifest": "../../native/rust/impl/Cargo.toml"},
    ),
    "a PyO3 module with another name": (
        {"Cargo.toml": package("net"), "src/lib.rs": PYO3.format(name="_net")}, (), {"module": "_net"},
    ),
    "maturin beside the crate": (
        {"pyproject.toml": MATURIN, "Cargo.toml": package("wheel"), "src/lib.rs": PYO3.format(name="wheel")},
        (), {"build": "maturin", "manifest": "../../pyproject.toml", "package": "wheel"},
    ),
    "maturin with a src layout": (
        {"pyproject.toml": MATURIN + '[tool.maturin]\nmanifest-path = "rust/Cargo.toml"\npython-source = "src"\n'
         'module-name = "pkg._native"\n', "rust/Cargo.toml": package("pkg"), "rust/src/lib.rs": PYO3.format(name="x"),
         "src/pkg/__init__.py": "", "src/pkg/model.py": MODEL},
        (), {"build": "maturin", "manifest": "../../pyproject.toml"},
    ),
    "two shared objects": (
        {"a/Cargo.toml": package("first"), "a/src/lib.rs": "", "b/Cargo.toml": package("second"), "b/src/lib.rs": ""},
        ("--crate", "second"), {"package": "second", "manifest": "../../b/Cargo.toml"},
    ),
    "pixi in pyproject": (
        {"pyproject.toml": MATURIN + "[tool.pixi.project]\nname = 'x'\n", "Cargo.toml": package("pix"),
         "src/lib.rs": ""},
        (), {"build": "maturin", "package": "pix"},
    ),
    "pixi beside a workspace": (
        {"pixi.toml": "[project]\nname = 'x'\n", "rust/Cargo.toml": package("port"), "rust/src/lib.rs": ""},
        (), {"build": "cargo", "package": "port"},
    ),
    "an executable alone": (
        {"Cargo.toml": package("tool", ""), "src/main.rs": "fn main() {}"}, (), {"binary": "tool", "package": "tool"},
    ),
    "a name beyond ASCII, broken files beside it": (
        {"größer/Cargo.toml": package("port"), "größer/src/lib.rs": "", "bad/Cargo.toml": "[package",
         "bad.py": "class Net(nn.Module:", "latin.py": "# caf\udce9 Module"},
        ("--name", "Größe"), {"name": "Größe", "manifest": "../../größer/Cargo.toml"},
    ),
    "a library beside an executable": (
        {"Cargo.toml": package("both"), "src/lib.rs": "", "src/main.rs": "fn main() {}",
         "target/x/Cargo.toml": package("no")},
        (), {"package": "both", "binary": ""},
    ),
}  # fmt: skip


def made(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8", errors="surrogateescape")
    return folder


def session_in(folder: Path) -> Loaded:
    (file,) = (folder / "sessions").glob("*/session.toml")
    return load(file)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_layout_gives_a_session_that_loads(layout: str, tmp_path: Path) -> None:
    files, arguments, wanted = LAYOUTS[layout]
    folder = made(tmp_path / "their code", files)
    done = run("init", *arguments, cwd=folder)
    assert done.returncode == 0, done.stderr
    loaded = session_in(folder)
    native = {**{field: getattr(loaded.session.native, field) for field in loaded.session.native.__struct_fields__}}
    assert {**native, "name": loaded.session.name}.items() >= wanted.items(), native
    assert (loaded.folder / native["manifest"]).is_file() and loaded.port and loaded.port.is_file()
    compile(loaded.reference.read_text(), "reference.py", "exec")
    compile(loaded.port.read_text(), "port.py", "exec")
    assert json.loads(loaded.config_file("small").read_text())
    assert {path.relative_to(folder).parts[0] for path in folder.rglob("*")} == {
        *(name.split("/")[0] for name in files), "sessions",
    }  # fmt: skip


def test_what_cannot_be_is_one_sentence(tmp_path: Path) -> None:
    assert "--example" in one_sentence(run("init", cwd=made(tmp_path / "empty", {"x.py": ""})))
    plain = made(tmp_path / "plain", {"Cargo.toml": package("plain", ""), "src/lib.rs": ""})
    assert 'crate-type = ["cdylib"]' in one_sentence(run("init", cwd=plain))
    two = made(tmp_path / "two", LAYOUTS["two shared objects"][0])
    assert "--crate: first, second" in one_sentence(run("init", cwd=two))
    assert "there is no crate `third`" in one_sentence(run("init", "--crate", "third", cwd=two))
    assert run("init", "--crate", "first", cwd=two).returncode == 0
    assert "exists already" in one_sentence(run("init", "--crate", "first", cwd=two))


def test_models_are_named_with_their_call(tmp_path: Path) -> None:
    folder = made(tmp_path, {"Cargo.toml": package("net"), "src/lib.rs": "", "pkg/model.py": MODEL})
    assert [(model.name, model.call) for model in look(folder).models] == [("Net", "(x, mask=None)")]
    run("init", "--into", str(tmp_path / "elsewhere"), cwd=folder)
    assert "- `Net(x, mask=None)` in ../../pkg/model.py" in (tmp_path / "elsewhere/net/reference.py").read_text()
