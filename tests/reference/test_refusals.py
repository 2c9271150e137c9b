"""Requests that cannot be met: one sentence that says what, where, what to do."""

from __future__ import annotations

import pytest

STAGE = """
    class Net(nn.Module):
        def __init__(self):
            super().__init__()
            self.part = nn.Linear(2, 2)

        def forward(self, x):
            return self.part(x)

    @checkpoint("w")
    def weights(config, seed):
        return {"w": torch.ones(2)}

    @stage("net")
    class Stage:
        def build(self, weights, config):
            return Net()

        def inputs(self, name, config):
            return {"x": torch.ones(2)}

        def run(self, module, inputs):
            return {"y": module(inputs["x"])}
"""
RUN = 'return {"y": module(inputs["x"])}'
INPUTS = 'return {"x": torch.ones(2)}'

CASES = {
    "input that raises": (INPUTS, "return {}[name]", "{inputs} raised KeyError: 'a' (reference.py:{line})"),
    "inputs that are no dict": (INPUTS, "return [1]", "{inputs} gave list; it has to give a dict of named tensors"),
    "an input of no tensor": (INPUTS, 'return {"x": 1}', "{inputs} gave int for 'x'; it has to give tensors by name"),
    "a complex input": (
        INPUTS,
        'return {"x": torch.ones(2) * 1j}',
        "{inputs} gave complex numbers for 'x'; give their two parts as a last axis of 2",
    ),
    "a sparse input": (
        INPUTS,
        'return {"x": torch.ones(2).to_sparse()}',
        "a sparse or quantised tensor cannot be stored; make it dense first",
    ),
    "no inputs": (INPUTS, "return {}", "{inputs} gave nothing; name at least one tensor"),
    "a run that raises": (
        RUN,
        "return 1 / 0",
        "{run} raised ZeroDivisionError: division by zero (reference.py:{line})",
    ),
    "outputs that are no dict": (
        RUN,
        'return inputs["x"]',
        "stage net: run() gave Tensor; it has to give a dict of named tensors",
    ),
    "an output of no tensor": (
        RUN,
        'return {"y": None}',
        "stage net: run() gave NoneType for 'y'; it has to give tensors by name",
    ),
    "an output named as a tap": (
        RUN,
        'return {"part": module(inputs["x"])}',
        "output 'part' has the name of a tap; give the output another name",
    ),
    "a tap of no tensor": (
        RUN,
        'return tap("y", [1])',
        "{run} raised TypeError: tap('y') needs a tensor, not list (reference.py:{line})",
    ),
    "a build that gives no module": (
        "return Net()",
        "return Net",
        "stage net: build() gave type; it has to give a torch.nn.Module",
    ),
    "a build that raises": (
        "return Net()",
        "raise OSError(2, 'gone')",
        "stage net: build() raised FileNotFoundError: [Errno 2] gone (reference.py:{line})",
    ),
}
PLACES = {"inputs": "stage net: inputs('a')", "run": "stage net: the float32 run"}


@pytest.mark.parametrize(("old", "new", "wanted"), CASES.values(), ids=CASES)
def test_a_stage_that_cannot_run(session, old, new, wanted):
    session.write(STAGE.replace(old, new)).open()
    error = session.refused("capture", **session.fields())
    assert error == wanted.format(line=session.line(new), **PLACES)
    left = {path.name for path in (session.folder / "capture").iterdir()}
    assert left <= {"inputs.safetensors"}


def test_an_unknown_stage(session):
    session.write(STAGE).open()
    assert session.refused("capture", **session.fields(stage="nett")) == "no stage 'nett'; reference.py declares net"


def test_an_unknown_checkpoint(session):
    session.write(STAGE).open()
    error = session.refused("checkpoint", name="v", config={}, seed=1, out="/nowhere")
    assert error == "no checkpoint 'v'; reference.py declares w"


def test_a_request_without_its_fields(session):
    session.write(STAGE).open()
    fields = session.fields()
    del fields["seed"]
    assert session.refused("capture", **fields) == "the request 'capture' lacks 'seed'"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("x = (\n", "importing {path} raised SyntaxError: '(' was never closed (reference.py:1)"),
        ("\n\nimport no\n", "importing {path} raised ModuleNotFoundError: No module named 'no' (reference.py:3)"),
        ("x = 1\n", '{path} declares no stage; decorate a class with @stage("name")'),
        ("\0", "importing {path} raised SyntaxError: source code string cannot contain null bytes"),
        ("from workbench.reference import stage\n@stage('a')\nclass A: ...\n",
         "importing {path} raised TypeError: stage 'a': class A has no build(), inputs(), run() (reference.py:2)"),
    ],
    ids=["syntax", "import", "no stage", "binary", "methods"],
)  # fmt: skip
def test_a_reference_that_cannot_be_imported(session, text, wanted):
    session.write(text, head="")
    assert session.refused("open", reference=str(session.path)).startswith(wanted.format(path=session.path))


def test_an_error_in_a_file_of_the_session_names_that_file(session):
    (session.folder / "helper.py").write_text("x = 1\ny = = 2\n")
    session.write("\nimport helper\n")
    assert session.refused("open", reference=str(session.path)).endswith("SyntaxError: invalid syntax (helper.py:2)")


def test_no_reference_at_all(session):
    path = session.folder / "none.py"
    assert session.refused("open", reference=str(path)) == f"{path} cannot be read: No such file or directory"


def test_a_reference_that_was_mended_needs_a_new_worker(session):
    session.write("x = (")
    first, second = (session.refused("open", reference=str(session.path)) for _ in range(2))
    assert first == second
    session.write(STAGE)
    wanted = f"{session.path} changed since it was read; start the worker again"
    assert session.refused("open", reference=str(session.path)) == wanted
    session.restart()
    assert session.open()["stages"] == ["net"]
