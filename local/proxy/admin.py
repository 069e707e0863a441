"""Envoy's admin interface, on a socket file that this user alone can open.

It can end Envoy and show its configuration, and it asks nobody who they are. On a TCP port every program of this machine
could use it, and a web page too, under a host name that leads to loopback.
"""

import http.client
import os
import socket
from pathlib import Path

from local.proxy.protobuf import Json

SOCKET = "admin.sock"
MODE = 0o600
TIMEOUT_SECONDS = 5
READY, RUNS = "/ready", "/server_info"
"""What to ask whether Envoy serves, and whether it runs at all."""


def configuration() -> Json:
    """The part of Envoy's bootstrap. The path is relative, since the system allows 107 bytes: Envoy runs in the folder."""
    return {"address": {"pipe": {"path": SOCKET, "mode": MODE}}}


class Admin:
    """The admin interface of the Envoy that runs in `folder`."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / SOCKET

    def ask(self, path: str, method: str = "GET") -> str:
        """The answer to one request. Raises OSError when Envoy does not answer, or does not answer 200."""
        connection = _Connection(self.path)
        try:
            connection.request(method, path)
            answer = connection.getresponse()
            if answer.status != http.HTTPStatus.OK:
                raise OSError(f"envoy answers {answer.status} to {path}")
            return answer.read().decode()
        except http.client.HTTPException as error:
            raise OSError(f"envoy breaks off its answer to {path}") from error
        finally:
            connection.close()

    def answers(self, path: str = READY) -> bool:
        """Whether Envoy runs and answers 200; to `READY` it does so only once it has read its configuration."""
        try:
            self.ask(path)
        except OSError:
            return False
        return True


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=TIMEOUT_SECONDS)
        self._path = path

    def connect(self) -> None:
        """Through the folder's descriptor, because the whole path may be longer than the system allows."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            near = Path(f"/proc/self/fd/{folder}")
            self.sock.connect(str(near / self._path.name if near.exists() else self._path))
        finally:
            os.close(folder)
