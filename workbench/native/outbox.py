"""Messages on their way to the client."""

import socket

import msgspec

from workbench.native.protocol import Sent

BUFFER = 1 << 22
"""Bytes that may wait for a busy client before the run has to."""
_encoder = msgspec.json.Encoder()


class Outbox:
    """The child's end of the socket at `path`. Raises OSError when the client is gone."""

    def __init__(self, path: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER)
        self._socket.connect(path)

    def put(self, message: Sent) -> None:
        """Send the message now: what were held back would be lost in a crash, which is told by the last tap."""
        self._socket.sendall(_encoder.encode(message) + b"\n")

    def fileno(self) -> int:
        """Return the socket's descriptor; whoever else writes to it must not do so between `put`s of a line."""
        return self._socket.fileno()

    def close(self) -> None:
        """Close this process's end."""
        self._socket.close()
