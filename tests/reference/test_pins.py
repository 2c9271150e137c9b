"""What a capture depends on."""

from __future__ import annotations

import hashlib
import os
import textwrap
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

STAGE = """
    from pathlib import Path
    import helper

    class Net(nn.Module):
        def forward(self, x):
            import outside
            return x * helper.SCALE

    @stage("net")
    class Stage:
        def build(self, weights, config):
            return Net()

        def inputs(self, name, config):
            with open(Path(__file__).parent / "data.txt") as file, open(Path(__file__).parent / "log.txt", "a") as log:
                log.write("made\\n")
                return {"x": torch.ones(2) * len(file.read())}

        def run(self, module, inputs):
            return {"y": module(inputs["x"])}
"""


def laid_out(session, tmp_path, monkeypatch):
    root = tmp_path / "model"
    (root / "venv" / "site-packages").mkdir(parents=True)
    (root / "outside.py").write_text("import library\n")
    (root / "venv" / "site-packages" / "library.py").write_text("")
    (session.folder / "helper.py").write_text("SCALE = 2\n")
    (session.folder / "unused.py").write_text("")
    (session.folder / "data.txt").write_text("12")
    save_file({"w": torch.ones(2)}, session.folder / "w.safetensors")
    monkeypatch.setenv("MODEL_ROOT", str(root))
    monkeypatch.delenv("NOT_SET", raising=False)
    monkeypatch.syspath_prepend(str(root))
    monkeypatch.syspath_prepend(str(root / "venv" / "site-packages"))
    session.write(STAGE)
    time.sleep(0.02)
    session.open(pin_environment=["MODEL_ROOT", "NOT_SET"])
    return root, session.capture(weights=[str(session.folder / "w.safetensors")])


def test_pins_are_the_imported_sources_the_libraries_and_the_weights(session, tmp_path, monkeypatch):
    import numpy.version
    import torch.version

    root, captured = laid_out(session, tmp_path, monkeypatch)
    pins = {pin["path"]: pin for pin in captured.manifest["pins"]}
    wanted = [session.path, root / "outside.py"]
    wanted += [session.folder / name for name in ("helper.py", "data.txt", "w.safetensors")]
    assert set(pins) == {*map(str, wanted), torch.version.__file__, numpy.version.__file__}
    for path in wanted:
        assert pins[str(path)] == {
            "path": str(path),
            "size": path.stat().st_size,
            "mtime_ns": path.stat().st_mtime_ns,
            "blake2": hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest(),
        }
    assert captured.manifest["environment"] == {"MODEL_ROOT": str(root), "NOT_SET": None}


@pytest.mark.parametrize("name", ["helper.py", "data.txt"])
def test_an_edit_since_a_file_was_read_is_refused(session, tmp_path, monkeypatch, name):
    laid_out(session, tmp_path, monkeypatch)
    helper = session.folder / name
    helper.write_text("SCALE = 3\n")
    for do, fields in (("capture", session.fields()), ("inject", session.fields(taps=["y"]))):
        assert session.refused(do, **fields) == f"{helper} changed since it was read; start the worker again"
    assert "changed since" in session.refused("open", reference=str(session.path))


def test_a_touched_file_is_no_edit(session, tmp_path, monkeypatch):
    laid_out(session, tmp_path, monkeypatch)
    os.utime(session.folder / "helper.py")
    os.utime(session.folder / "w.safetensors")
    session.events.clear()
    session.capture(weights=[str(session.folder / "w.safetensors")])
    assert session.events == []


def test_an_edit_while_importing_is_refused(session):
    (session.folder / "helper.py").write_text("from pathlib import Path\nPath(__file__).write_text('SCALE = 1')\n")
    time.sleep(0.02)
    error = session.write(STAGE).refused("open", reference=str(session.path))
    assert error == f"{session.folder / 'helper.py'} changed while it was being read; start the worker again"


def test_changed_weights_or_environment_make_the_capture_anew(session, tmp_path, monkeypatch):
    _, captured = laid_out(session, tmp_path, monkeypatch)
    path = session.folder / "w.safetensors"
    save_file({"w": torch.zeros(2)}, path)
    session.events.clear()
    session.capture(weights=[str(path)])
    assert {event["run"] for event in session.events} == {"float32", "float64"}
    assert [pin["blake2"] for pin in captured.manifest["pins"] if pin["path"] == str(path)] == [
        hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()
    ]


PART = """
    from torch import nn
    import torch
    from workbench.reference import stage
    import shared
    from own import {own}

    @stage("{name}")
    class Stage:
        def build(self, weights, config):
            return nn.Identity()

        def inputs(self, name, config):
            return {{"x": torch.ones(2)}}

        def run(self, module, inputs):
            return {{"y": module(inputs["x"])}}
"""


def test_a_stage_is_pinned_to_what_its_own_module_is_made_of(session):
    own = session.folder / "own"
    own.mkdir()
    (session.folder / "shared.py").write_text("from deep import DEPTH\n")
    (session.folder / "deep.py").write_text("DEPTH = 3\n")
    (session.folder / "everyone.py").write_text("")
    (own / "__init__.py").write_text("")
    for name in ("a", "b"):
        (own / f"of_{name}.py").write_text("")
        (session.folder / f"stage_{name}.py").write_text(textwrap.dedent(PART.format(name=name, own=f"of_{name}")))
    session.write("import everyone, stage_a, stage_b\n")
    time.sleep(0.02)
    session.open()
    for name in ("a", "b"):
        pins = {Path(pin["path"]).name for pin in session.capture(stage=name).manifest["pins"]}
        shared = {"version.py", session.path.name, "everyone.py", "shared.py", "deep.py", "__init__.py"}
        assert pins == shared | {f"stage_{name}.py", f"of_{name}.py"}
