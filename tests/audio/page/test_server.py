"""The page's server gives the pair to whoever has the token, and nothing else to anybody."""

import http.client
import json
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import psutil
import pytest

from tests.audio.page.conftest import FRAMES
from tests.audio.player.signals import RATE, chirp
from workbench.audio.abx import TRIALS
from workbench.engine.listening import Listening


def ask(
    address: str, path: str, headers: Mapping[str, str] | None = None, method: str = "GET", body: bytes | None = None
) -> tuple[int, Mapping[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(address).port, timeout=10)
    connection.request(method, path, body, headers or {})
    answer = connection.getresponse()
    return answer.status, answer.headers, answer.read()


@pytest.fixture
def page(listening: Listening) -> str:
    return listening.page()


def path(page: str, name: str = "") -> str:
    return urlsplit(page).path + name


def test_it_gives_the_sounds_exactly(page: str) -> None:
    status, headers, body = ask(page, path(page, "a.wav"))
    assert (status, headers["Content-Type"], headers["Cache-Control"]) == (200, "audio/wav", "no-store")
    np.testing.assert_array_equal(np.frombuffer(body[-4 * FRAMES :], "<f4"), chirp(FRAMES))
    about = json.loads(ask(page, path(page, "about.json"))[2])
    assert about["names"][:2] == ["reference", "build 3f"] and about["rate"] == RATE


def test_every_answer_says_that_nothing_from_elsewhere_is_run(page: str) -> None:
    for name in ("", "page.js", "a.wav", "nothing"):
        headers = ask(page, path(page, name))[1]
        assert headers["Content-Security-Policy"].startswith("default-src 'self'")
        assert headers["X-Content-Type-Options"] == "nosniff" and headers["Referrer-Policy"] == "no-referrer"


def test_without_the_token_there_is_nothing(page: str) -> None:
    token = path(page).strip("/")
    wrong = ["/", "/a.wav", f"/{token}", f"/{token[:-1]}/a.wav", f"/{token}x/a.wav", "//a.wav", "//["]
    for each in wrong:
        assert ask(page, each)[0] == 404, each
    assert ask(page, "/abx", method="POST", body=b'{"type":"begin"}')[0] == 404


@pytest.mark.parametrize(
    "name",
    [
        "../server.py",
        "..%2fserver.py",
        "server.py",
        "/etc/passwd",
        "../../../../../../etc/passwd",
        "x-1.wav",
        "page.html",
    ],
)
def test_a_name_outside_its_list_is_nothing(page: str, name: str) -> None:
    assert ask(page, path(page, name))[0] == 404


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "evil.example:80", "[", "169.254.1.1"])
def test_another_hosts_name_is_refused(page: str, host: str) -> None:
    assert ask(page, path(page, "a.wav"), {"Host": host})[0] == 403


def test_a_forwarded_port_may_be_another_one(page: str) -> None:
    assert ask(page, path(page, "a.wav"), {"Host": "localhost:1234"})[0] == 200


def test_another_page_may_not_answer(page: str) -> None:
    begin = {"method": "POST", "body": b'{"type":"begin"}'}
    assert ask(page, path(page, "abx"), {"Origin": "http://evil.example"}, **begin)[0] == 403
    assert ask(page, path(page, "abx"), {"Origin": page.rstrip("/")}, **begin)[0] == 200


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"type":"peek"}', b'{"type":"answer"}', b"x" * 5000])
def test_a_wish_that_is_none_is_refused(page: str, body: bytes) -> None:
    assert ask(page, path(page, "abx"), method="POST", body=body)[0] == 400


def test_it_listens_on_this_host_only(page: str) -> None:
    port = urlsplit(page).port
    listening = [each for each in psutil.Process().net_connections() if each.laddr and each.laddr.port == port]
    assert listening and {each.laddr.ip for each in listening} == {"127.0.0.1"}


def test_a_closed_page_answers_nobody(listening: Listening) -> None:
    first = listening.page()
    second = listening.page()
    assert ask(second, path(second))[0] == 200
    with pytest.raises(ConnectionError):
        ask(first, path(first))


def test_x_tells_nothing_and_the_score_comes_last(listening: Listening, tmp_path: Path) -> None:
    page = listening.page()

    def wish(**fields: object) -> dict:
        return json.loads(ask(page, path(page, "abx"), method="POST", body=json.dumps(fields).encode())[2])

    sounds = [ask(page, path(page, name))[2] for name in ("a.wav", "b.wav")]
    state = wish(type="begin")
    names = set()
    while not state["over"]:
        assert set(state) == {"over", "trial", "trials", "needed", "x"}
        names.add(state["x"])
        _, headers, x = ask(page, path(page, state["x"]))
        assert int(headers["Content-Length"]) == len(sounds[0]) == len(sounds[1])
        before, state = state["x"], wish(type="answer", said=sounds.index(x))
        assert ask(page, path(page, before))[0] == 404, "a trial that is over has no X"
    assert len(names) == TRIALS
    assert state["finding"].startswith("distinguished: 16 of 16, p = 0.000")
    (log,) = (tmp_path / "logs" / "abx").iterdir()
    left = json.loads(log.read_text())
    assert str(left["outcome"]["seed"]) == state["seed"] and left["conditions"]["device"] == "browser"
    wish(type="begin")
    wish(type="answer", said=0)
    listening.end()
    assert sum(json.loads(each.read_text())["outcome"]["aborted"] for each in log.parent.iterdir()) == 1
