"""A backend's own check of the client-certificate headers against a deny list: WSGI middleware, standard library only.

The listener forwards the fingerprint of the client's certificate in a header of your choice
(`listener.forwardClientCertificate: {fingerprint: x-client-fingerprint, verification: x-client-verify}`), and the
stack's output `denied` is the list: `pulumi stack output denied --json > /etc/edge/denied.json`.
"""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class DenyList:
    """Lets requests through to `application` unless their certificate is on the list, or says nothing at all.

    The header is trusted only because nobody but the load balancer reaches the backend: keep the security group
    that way. The file is read anew when it changes; one that is missing or damaged lets nobody in.
    """

    def __init__(self, application: Application, file: Path, header: str = "x-client-fingerprint") -> None:
        self._application, self._file = application, file
        self._key = "HTTP_" + header.upper().replace("-", "_")
        self._read: tuple[int, frozenset[str]] = (0, frozenset())

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """One request."""
        fingerprint = str(environ.get(self._key, "")).replace(":", "").strip().lower()
        denied = self._denied()
        if denied is None or len(fingerprint) != 64 or fingerprint in denied:
            start_response("403 Forbidden", [("Content-Type", "text/plain")])
            return [b"this certificate is not accepted here\n"]
        return self._application(environ, start_response)

    def _denied(self) -> frozenset[str] | None:
        try:
            changed = self._file.stat().st_mtime_ns
            if changed != self._read[0]:
                self._read = (changed, frozenset(json.loads(self._file.read_text())["fingerprints"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return self._read[1]
