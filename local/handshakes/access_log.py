"""The access log of a real ALB, as Log Service gives it out: one JSON object a line, told as handshakes as far as it goes.

Fields and their meaning: "Log fields" of ALB layer 7 access logs, https://www.alibabacloud.com/help/en/sls/log-fields-10,
and "ALB access logs", https://www.alibabacloud.com/help/en/slb/application-load-balancer/user-guide/access-logs.
No field tells of the client's certificate. Never run on a real log.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from local.handshakes.handshake import ACCESS_LOG, Handshake
from local.proxy.access_log import TOPIC

_NO_SERVER = ("502", "503", "504")
_NOTHING = ("", "-", None)


def handshakes(lines: Iterable[str]) -> Iterator[Handshake]:
    """Those that the lines tell of, in their order. A line of another kind is passed over."""
    for entry in map(_decoded, lines):
        if entry is not None:
            yield Handshake(_line(entry), _reason(entry))


def _decoded(line: str) -> Mapping[str, Any] | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    is_one = isinstance(found, dict) and found.get("__topic__", TOPIC) == TOPIC and "app_lb_id" in found
    return found if is_one else None


def _line(entry: Mapping[str, Any]) -> dict[str, Any]:
    """With the names of the local log; the query of the path is left out, as there."""
    status = str(entry.get("status") or "")
    return {
        "kind": "request",
        "source": ACCESS_LOG,
        "time": str(entry.get("time") or ""),
        "loadBalancer": _of(entry, "app_lb_id"),
        "port": _of(entry, "slb_vport"),
        "client": _of(entry, "client_ip"),
        "tlsVersion": _of(entry, "ssl_protocol"),
        "cipher": _of(entry, "ssl_cipher"),
        "method": _of(entry, "request_method"),
        "host": _of(entry, "host"),
        "path": str(entry.get("request_uri") or "").partition("?")[0],
        "status": int(status) if status.isdecimal() else None,
    }


def _of(entry: Mapping[str, Any], name: str) -> str | None:
    return None if entry.get(name) in _NOTHING else str(entry[name])


def _reason(entry: Mapping[str, Any]) -> str:
    """Only what a line proves: the rest is that a request was answered."""
    status, upstream = str(entry.get("status")), entry.get("upstream_status")
    if status in _NO_SERVER and upstream in _NOTHING:
        return "servers.down"
    return "denied.by-server" if status == str(upstream) == "403" else "certificate.not-logged"
