"""A search in a real worker: causes are streamed, and another request ends it."""

from __future__ import annotations

import json
import os
import time

import pytest

from tests.reference.explain import references
from tests.reference.explain.port import asked, ported, prepared
from workbench.reference.requests import Requests

TAPS = references.BLOCK_TAPS


@pytest.fixture
def slow(session, worker):
    """A worker that is asked for a cause that is not there, one trial of which takes a while."""
    session.write(references.BLOCK)
    captured, digest = prepared(session, TAPS)
    noisy = ported(session, captured, "attn.to_q", TAPS, (), noise=1e-2)
    asked(session, captured, digest, "attn.to_q", noisy)
    one = worker()
    assert one.ask(do="open", reference=str(session.path))["event"] == "ready"
    port = str(session.folder / "port.safetensors")
    request = {"do": "explain", "tap": "attn.to_q", "digest": digest, "port": port, **session.fields()}
    return one, request


def test_another_request_ends_the_search(slow):
    one, request = slow
    whole = one.ask(**request)
    assert not whole["cancelled"] and whole["tried"] > 50
    one.send(json.dumps({"id": 2, **request}))
    one.send(json.dumps({"id": 3, "do": "cancel"}))
    ended = one.event()
    while ended["event"] != "done":
        ended = one.event()
    assert (ended["id"], ended["cancelled"], ended["causes"]) == (2, True, [])
    assert ended["tried"] < whole["tried"]
    assert one.event() == {"id": 3, "event": "done"}
    assert one.ask(**request)["tried"] == whole["tried"]


def test_a_request_that_comes_in_the_middle_ends_the_search(slow):
    one, request = slow
    one.send(json.dumps({"id": 2, **request}))
    assert one.event()["event"] == "progress"
    one.send(json.dumps({"id": 3, "do": "cancel"}))
    events = [one.event()]
    while events[-1]["id"] == 2:
        events.append(one.event())
    assert (events[-2]["event"], events[-2]["cancelled"]) == ("done", True)


def test_lines_that_come_together_or_in_pieces():
    read, write = os.pipe()
    requests = Requests(read)
    assert not requests.waiting()
    os.write(write, b"one\ntw")
    lines = iter(requests)
    assert next(lines) == "one"
    assert requests.waiting()
    os.write(write, "ö\nlast".encode())
    assert next(lines) == "twö"
    os.close(write)
    assert next(lines) == "last"
    assert not requests.waiting()
    assert next(lines, None) is None
    requests.close()


def test_the_end_of_the_pipe_is_no_request():
    read, write = os.pipe()
    requests = Requests(read)
    os.close(write)
    begun = time.monotonic()
    assert not requests.waiting()
    assert list(requests) == []
    assert time.monotonic() - begun < 60
    requests.close()
