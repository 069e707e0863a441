"""One handshake as the log tells it, made from Envoy's lines."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from local.handshakes import reasons

ACCEPTED, REFUSED = "accepted", "refused"
NOT_KNOWN = "not known"
ACCESS_LOG = "access log"
"""The source of a line that is not Envoy's but a real ALB's; it has no word about certificates."""
CERTIFICATE = ("subject", "issuer", "serial", "fingerprint")


@dataclass(frozen=True)
class Handshake:
    """A connection and the first request on it. What Envoy does not know is None."""

    line: Mapping[str, Any]
    """Envoy's own, with the names of `local.proxy.connection_log`."""
    reason: str

    @property
    def verdict(self) -> str:
        """`accepted` or `refused`."""
        return REFUSED if reasons.is_refused(self.reason, self.line) else ACCEPTED

    @property
    def text(self) -> str:
        """The reason in one sentence."""
        return reasons.TEXTS[self.reason]

    @property
    def certificate_shown(self) -> str:
        """`yes`, `no`, or `not known`: the handshake ended before Envoy had the client's certificate."""
        if self.line.get("fingerprint"):
            return "yes"
        if self.line.get("source") == ACCESS_LOG:
            return NOT_KNOWN
        return "no" if self.verdict == ACCEPTED or self.reason == "client.no-certificate" else NOT_KNOWN

    @property
    def tls_version(self) -> str | None:
        """None until both sides agreed on it: before that Envoy names one that means nothing."""
        return self.line.get("tlsVersion") if self.line.get("cipher") else None

    @property
    def request(self) -> dict[str, Any] | None:
        """Method, host, path without query, and status; None when no request followed."""
        names = ("method", "host", "path", "status")
        return {name: self.line.get(name) for name in names} if self.line["kind"] == "request" else None

    def document(self) -> dict[str, Any]:
        """For JSON: everything, under stable names."""
        named = ("time", "loadBalancer", "listener", "port", "client", "sni")
        return {
            **{name: self.line.get(name) for name in named},
            "tlsVersion": self.tls_version,
            "cipher": self.line.get("cipher"),
            "certificateShown": self.certificate_shown,
            **{name: self.line.get(name) for name in CERTIFICATE},
            "verdict": self.verdict,
            "reason": self.reason,
            "text": self.text,
            "failure": self.line.get("failure"),
            "request": self.request,
        }


class Joining:
    """Makes one handshake of the lines of each connection.

    An accepted one is told with its first request; one without any when it ends.
    """

    def __init__(self) -> None:
        self._told: set[tuple[Any, Any]] = set()

    def handshakes(self, lines: Iterable[str]) -> Iterator[Handshake]:
        """The handshakes that these lines complete. A line cut off by a full disk is passed over."""
        for line in map(_decoded, lines):
            if line is not None and self._is_new(line):
                yield Handshake(line, reasons.reason(line))

    def _is_new(self, line: Mapping[str, Any]) -> bool:
        key = (line.get("connection"), line.get("client"))
        was_told = key in self._told
        if line["kind"] == "request":
            self._told.add(key)
        else:
            self._told.discard(key)
        return not was_told


def _decoded(line: str) -> Mapping[str, Any] | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) and found.get("kind") in ("connection", "request") else None
