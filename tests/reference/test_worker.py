"""The worker process: its protocol, its surroundings, its end."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import torch

from workbench.reference.launch import command

NET = """
    import os, sys

    class Net(nn.Module):
        def forward(self, x):
            print("printed by the model")
            os.write(1, b"written to fd 1\\n")
            os.system("echo echoed by a child")
            assert sys.stdin.read() == ""
            return x

    @checkpoint("weights")
    def weights(config, seed):
        return {"w": torch.full((config["n"],), float(seed)), "k": torch.ones(2, dtype=torch.int64)}

    @stage("net")
    class Stage:
        def build(self, weights, config):
            return Net()

        def inputs(self, name, config):
            return {"x": torch.randn(2)}

        def run(self, module, inputs):
            return {"y": module(inputs["x"])}

    print("printed at import", sys.argv)
"""


def test_requests_in_events_out_and_prints_on_stderr(session, worker):
    session.write(NET)
    one = worker()
    ready = one.ask(do="open", reference=str(session.path))
    assert ready["id"] == 1
    assert (ready["event"], ready["stages"], ready["checkpoints"]) == ("ready", ["net"], ["weights"])
    assert ready["python"] == sys.version.split()[0]
    done = one.ask(do="capture", **session.fields())
    assert done == {"id": 1, "event": "done", "out": str(session.folder / "capture")}
    narration = one.close()
    assert one.process.returncode == 0
    for text in ("printed by the model", "written to fd 1", "echoed by a child", "printed at import ['-c']"):
        assert text in narration


def test_every_request_on_a_closed_stdin_is_answered(session):
    session.write(NET)
    out = str(session.folder / "weights.safetensors")
    requests = [
        {"id": "a", "do": "open", "reference": str(session.path)},
        {"id": "b", "do": "checkpoint", "name": "weights", "config": {"n": 3}, "seed": 5, "out": out},
    ]
    text = "\n".join(map(json.dumps, requests))
    result = subprocess.run(command(sys.executable), input=text, capture_output=True, text=True, timeout=60)
    events = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(event["id"], event["event"]) for event in events] == [
        ("a", "ready"), ("b", "progress"), ("b", "progress"), ("b", "done")
    ]  # fmt: skip
    assert result.returncode == 0


def test_what_is_no_request_is_answered_and_survived(session, worker):
    one = worker()
    one.send("{not json")
    event = one.event()
    assert (event["id"], event["event"]) == (None, "failed")
    assert event["error"].startswith("a request is not JSON: ")
    one.send("[1]")
    assert one.event()["error"] == "a request is a JSON object, not list"
    event = one.ask(do="fly")
    assert event["error"] == "no request 'fly'; there are open, checkpoint, convert, capture, inject, explain, cancel"
    assert one.ask()["error"] == "the request None lacks 'do'"
    assert one.ask(do="capture", **session.fields())["error"].startswith("no reference is open; ")
    assert one.ask(do="open", reference=str(session.write(NET).path))["event"] == "ready"


def test_a_failure_carries_one_sentence_and_a_trace(session, worker):
    session.write(NET.replace("return x\n", "raise ValueError('two\\nlines')\n"))
    one = worker()
    one.ask(do="open", reference=str(session.path))
    event = one.ask(do="capture", **session.fields())
    line = session.line("raise ValueError")
    assert event["error"] == f"stage net: the float32 run raised ValueError: two (reference.py:{line})"
    assert "two\nlines" in event["trace"]
    assert one.ask(do="open", reference=str(session.path))["event"] == "ready"


def test_a_reference_that_exits_does_not_end_the_worker(session, worker):
    session.write(NET + "\n    sys.exit(3)\n")
    one = worker()
    error = one.ask(do="open", reference=str(session.path))["error"]
    assert error == f"importing {session.path} raised SystemExit: 3 (reference.py:{session.line('sys.exit')})"
    assert "another" in one.ask(do="open", reference="/elsewhere/reference.py")["error"]


def test_nothing_is_written_into_the_session(session, worker):
    session.write(
        "import helper\n" + NET.replace("\n    ", "\n"),
        head="from workbench.reference import *\nimport torch\nfrom torch import nn\n",
    )
    (session.folder / "helper.py").write_text("")
    one = worker()
    assert one.ask(do="open", reference=str(session.path))["event"] == "ready"
    one.ask(do="capture", **session.fields())
    one.close()
    assert {path.name for path in session.folder.iterdir()} == {"reference.py", "helper.py", "capture"}


ALONE = """
    import importlib.util, sys, workbench

    for name in ("msgspec", "textual", "click"):
        assert importlib.util.find_spec(name) is None, name
    assert importlib.util.find_spec("workbench").origin is None
    loaded = [name for name in sys.modules if name.split(".")[0] == "workbench"]
    assert all(name == "workbench" or name.startswith("workbench.reference") for name in loaded), loaded
    assert not [folder for folder in sys.path if folder in ("", REPOSITORY)], sys.path
"""
OURS = ("workbench", "msgspec", "textual", "click")


def foreign(folder: Path) -> str:
    """An interpreter with the libraries of this one, but without us and what only we need."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    (theirs,) = folder.glob("lib/*/site-packages")
    for entry in Path(torch.__file__).parents[1].iterdir():
        if not entry.name.startswith(OURS) and entry.suffix != ".pth":
            (theirs / entry.name).symlink_to(entry)
    return str(folder / "bin" / "python")


def test_a_foreign_interpreter_sees_the_bare_package_only(session, worker, tmp_path):
    repository = Path(__file__).resolve().parents[2]
    session.write(ALONE.replace("REPOSITORY", repr(str(repository))) + NET)
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    one = worker(command(foreign(tmp_path / "foreign")), cwd=repository, env=environment)
    assert one.ask(do="open", reference=str(session.path)).get("error") is None
    assert one.ask(do="capture", **session.fields())["event"] == "done"


def test_an_interpreter_without_torch_is_told_in_one_sentence(session, worker, tmp_path):
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "bare")], check=True)
    python = str(tmp_path / "bare" / "bin" / "python")
    event = worker(command(python), cwd=tmp_path).ask(do="open", reference=str(session.write(NET).path))
    assert event["event"] == "failed"
    assert event["error"].startswith(f"{python} cannot run a reference: No module named ")
    assert event["error"].endswith("; install numpy, safetensors and torch")


PARENT = """
import subprocess, sys, time
from pathlib import Path
child = subprocess.Popen(sys.argv[2:], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
child.stdin.write(Path(sys.argv[1]).read_bytes())
child.stdin.flush()
child.stdout.readline()
print(child.pid, flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("busy", [False, True], ids=["idle", "busy"])
def test_the_worker_dies_with_its_parent(session, tmp_path, busy):
    marker = tmp_path / "running"
    session.write(NET.replace("return x\n", f"open({str(marker)!r}, 'w').close(); import time; time.sleep(600)\n"))
    requests = [{"id": 1, "do": "open", "reference": str(session.path)}]
    requests += [{"id": 2, "do": "capture", **session.fields()}] if busy else []
    (tmp_path / "requests").write_text("".join(json.dumps(request) + "\n" for request in requests))
    argv = [sys.executable, "-c", PARENT, str(tmp_path / "requests"), *command(sys.executable)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        end = time.monotonic() + 60
        while busy and not marker.exists():
            assert time.monotonic() < end
            time.sleep(0.05)
        parent.kill()
        psutil.wait_procs([child], timeout=5)
        assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def test_the_launcher_and_the_decorators_need_no_torch():
    code = "import sys, workbench.reference, workbench.reference.launch; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).resolve().parents[2])
