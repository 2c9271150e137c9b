"""A web server for one pair: on 127.0.0.1 only, under a secret path, with nothing but the names that it knows."""

import hmac
import secrets
import threading
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import msgspec

from workbench.audio.page.contents import Answer
from workbench.audio.page.trials import Trials
from workbench.model.errors import WorkbenchError

HOSTS = ("127.0.0.1", "localhost")
LONGEST = 4096
"""Bytes of a request's body."""
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Page:
    """Serves until `close`; a new one has another port and another token."""

    def __init__(self, files: Mapping[str, Answer], trials: Trials) -> None:
        """Listen at once. `files` by the name below the token; X is one of `a.wav`, `b.wav`. Raises OSError."""
        self._trials = trials
        self._token = secrets.token_urlsafe(16)
        token = self._token

        class Handler(_Handler):
            pass

        Handler.files, Handler.trials, Handler.token = files, trials, token
        self._server = _Server((HOSTS[0], 0), Handler)
        threading.Thread(target=self._server.serve_forever, name="page", daemon=True).start()

    @property
    def port(self) -> int:
        """Of this host."""
        return int(self._server.server_address[1])

    @property
    def address(self) -> str:
        """What a browser on this host, or behind a forwarded port, opens."""
        return f"http://127.0.0.1:{self.port}/{self._token}/"

    def close(self) -> None:
        """Stop; an ABX run that is under way is given up."""
        self._server.shutdown()
        self._server.server_close()
        self._trials.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a browser that went away: stderr may be a screen."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "workbench", ""
    timeout = 60.0
    files: Mapping[str, Answer] = {}
    trials: Trials
    token = ""

    def do_GET(self) -> None:
        self._reply(with_body=True)

    def do_HEAD(self) -> None:
        self._reply(with_body=False)

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        name = self._name()
        if name is None:
            return
        if name != "abx" or not length.isdecimal() or int(length) > LONGEST:
            return self._refuse(HTTPStatus.NOT_FOUND if name != "abx" else HTTPStatus.BAD_REQUEST)
        try:
            state = self.trials.answer(self.rfile.read(int(length)))
        except (msgspec.MsgspecError, WorkbenchError):
            return self._refuse(HTTPStatus.BAD_REQUEST)
        self._send(HTTPStatus.OK, Answer(msgspec.json.encode(state), "application/json"))

    def _reply(self, with_body: bool) -> None:
        name = self._name()
        if name is None:
            return
        source = self.trials.source(name)
        found = self.files.get(name) if source is None else self.files[("a.wav", "b.wav")[source]]
        if found is None:
            return self._refuse(HTTPStatus.NOT_FOUND)
        self._send(HTTPStatus.OK, found, with_body)

    def _name(self) -> str | None:
        """Return what is asked for below the token; another host's name or no token is refused here."""
        if not _ours(f"//{self.headers.get('Host', '')}") or not _ours(self.headers.get("Origin", f"//{HOSTS[0]}")):
            self._refuse(HTTPStatus.FORBIDDEN)
            return None
        _, _, rest = self.path.partition("?")[0].partition("/")
        token, slash, name = rest.partition("/")
        if not hmac.compare_digest(token.encode(), self.token.encode()) or not slash:
            self._refuse(HTTPStatus.NOT_FOUND)
            return None
        return name

    def _refuse(self, status: HTTPStatus) -> None:
        self.close_connection = True
        self._send(status, Answer(status.phrase.encode(), "text/plain"))

    def _send(self, status: HTTPStatus, answer: Answer, with_body: bool = True) -> None:
        self.send_response(status)
        for name, value in {**HEADERS, "Content-Type": answer.kind, "Content-Length": str(len(answer.body))}.items():
            self.send_header(name, value)
        self.end_headers()
        if with_body:
            self.wfile.write(answer.body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing: stderr may be a screen."""


def _ours(address: str) -> bool:
    """Return whether an address names this host, so that a name that was rebound to it is refused."""
    try:
        return urlsplit(address).hostname in HOSTS
    except ValueError:
        return False
