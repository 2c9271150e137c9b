"""Builds that are no stage module, each with the sentence that it deserves."""

import shutil
import struct
import sysconfig
from pathlib import Path

import pytest

MODULE = """
#include <Python.h>
static PyMethodDef methods[] = {{METHODS {0}}};
static struct PyModuleDef def = {{PyModuleDef_HEAD_INIT, "{name}", 0, -1, methods}};
PyMODINIT_FUNC PyInit_{name}(void) {{ return PyModule_Create(&def); }}
"""
STAGES = """
static PyObject *stages(PyObject *s, PyObject *a) { return Py_BuildValue("[ss]", "flow.dit", "hift.f0"); }
static PyObject *load(PyObject *s, PyObject *a) { return Py_BuildValue("i", 1); }
"""
TABLE = '{"stages", stages, METH_NOARGS, 0}, {"load", load, METH_VARARGS, 0},'


@pytest.fixture
def extension(compile_c):
    include = sysconfig.get_paths()["include"]
    if not (Path(include) / "Python.h").exists():
        pytest.skip("no Python.h here")

    def build(name: str = "tinyext", file: str = "", functions: str = STAGES, table: str = TABLE) -> Path:
        module = MODULE.replace("METHODS", table).replace("{{", "{").replace("}}", "}").replace("{name}", name)
        source = module.replace("static PyMethodDef", functions + "\nstatic PyMethodDef", 1)
        return compile_c(source, file or f"lib{name}.so", f"-I{include}")

    return build


async def failure(check, artifact: Path, **changes: object):
    checked = await check(artifact=str(artifact), port="", **changes)
    assert checked.exited.status == 0
    return checked.failed


async def test_an_extension_is_imported_by_its_library_name_and_its_stages_are_asked(check, extension):
    failed = await failure(check, extension(), stage="flow.dti")
    assert (failed.kind, failed.error) == ("stage", "tinyext has no stage 'flow.dti'; did you mean 'flow.dit'?")
    failed = await failure(check, extension(), stage="zzz")
    assert failed.error.endswith("it has: flow.dit, hift.f0")


async def test_a_handle_that_cannot_run(check, extension):
    failed = await failure(check, extension(), stage="flow.dit")
    assert failed.kind == "protocol" and failed.error.endswith("load('flow.dit') returned int, which has no run()")


async def test_an_extension_that_is_no_stage_module(check, extension):
    failed = await failure(check, extension(functions="", table=""))
    assert (failed.kind, failed.error) == ("protocol", "tinyext is no stage module: it has no function stages()")


async def test_another_import_name_is_suggested(check, extension):
    artifact = extension(name="inner", file="libouter.so")
    failed = await failure(check, artifact)
    assert failed.kind == "artifact"
    assert failed.error == f"{artifact} exports no PyInit_outer, but PyInit_inner: set native.module to 'inner'"
    assert (await failure(check, artifact, module="package.inner", stage="x")).kind == "stage"


async def test_a_library_that_is_no_extension(check, tiny):
    failed = await failure(check, tiny)
    assert failed.kind == "artifact" and "exports no PyInit_tiny" in failed.error


async def test_an_extension_of_another_python(check, tiny, tmp_path, compile_c):
    other = tmp_path / "tiny.cpython-37m-x86_64-linux-gnu.so"
    shutil.copy(tiny, other)
    failed = await failure(check, other)
    assert failed.kind == "artifact" and "another Python (cpython-37" in failed.error
    needs = compile_c("void PyNever_Was(void); void *PyInit_never(void) { PyNever_Was(); return 0; }", "never.so")
    failed = await failure(check, needs)
    assert "another Python: it needs PyNever_Was" in failed.error


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.9, 0.999])
async def test_a_truncated_library(check, tiny, tmp_path, share):
    content = tiny.read_bytes()
    cut = tmp_path / "tiny.so"
    cut.write_bytes(content[: int(len(content) * share)])
    failed = await failure(check, cut)
    assert failed.kind == "artifact"
    assert "truncated" in failed.error or "no shared object" in failed.error


async def test_another_machine_and_other_files(check, tiny, tmp_path):
    content = bytearray(tiny.read_bytes())
    content[18:20] = struct.pack("<H", 183)
    foreign = tmp_path / "foreign.so"
    foreign.write_bytes(content)
    assert "is built for 64-bit little-endian AArch64, this machine is" in (await failure(check, foreign)).error
    text = tmp_path / "text.so"
    text.write_text("not a library " * 100)
    assert "no shared object" in (await failure(check, text)).error
    assert "cannot be read: No such file" in (await failure(check, tmp_path / "absent.so")).error


async def test_a_library_that_misses_another_one(check, compile_c):
    broken = compile_c("void elsewhere(void); void f(void) { elsewhere(); }", "broken.so")
    failed = await failure(check, broken)
    assert failed.error == f"{broken} cannot be loaded: undefined symbol: elsewhere"


@pytest.mark.parametrize(
    ("text", "kind", "error"),
    [
        ("def stages(): return 3\ndef load(*a): ...", "protocol", "stages() must return a list of names"),
        ("import nothing_like_this", "exception", "raised ModuleNotFoundError: No module named 'nothing_like_this'"),
        ("def stages(): return ['tiny.net']", "protocol", "has no function load()"),
        (
            "def stages(): return ['tiny.net']\nclass H:\n def run(self, inputs): return [1]\ndef load(*a): return H()",
            "protocol",
            "run of stage tiny.net returned list: it must be a dict of numpy arrays",
        ),
        (
            "def stages(): return ['tiny.net']\nclass H:\n def run(self, i): return {'y': 3}\ndef load(*a): return H()",
            "protocol",
            "'y' is no tensor that can be compared: int; give a numpy array of numbers",
        ),
        (
            "def stages(): return ['tiny.net']\n"
            "class H:\n def run(self, i, sink): sink('net.first', [1]); sink('net.total', 2); return {}\n"
            "def load(*a): return H()",
            "protocol",
            "'net.first' is no tensor that can be compared: list; give a numpy array of numbers",
        ),
    ],
)
async def test_ports_that_do_not_keep_the_protocol(check, tmp_path, text, kind, error):
    port = tmp_path / "port.py"
    port.write_text(text)
    failed = (await check(port=str(port))).failed
    assert failed.kind == kind and failed.error.endswith(error)
