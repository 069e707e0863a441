"""The few calls of Log Service that upstream's tests of load balancers need: their configurations make a project and a store.

A fixture, not a part of the local cloud: it is reached by a host name for each project, which only the proxy of the tests
can lead anywhere. Nothing is logged, and signatures are not looked at.
"""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler
from typing import Any, ClassVar
from urllib.parse import urlsplit

NAME = re.compile(r"(?:([a-z0-9-]+)\.)?[a-z0-9-]+\.log\.aliyuncs\.com")
"""Of a region's service, or of a project in it."""
Answer = tuple[int, Any]
STORE: dict[str, Any] = {
    "ttl": 30,
    "shardCount": 2,
    "autoSplit": False,
    "maxSplitShard": 0,
    "appendMeta": False,
    "enable_tracking": False,
    "hot_ttl": 0,
    "mode": "standard",
    "telemetryType": "",
}
"""What a store has that was asked for by name alone."""
LAST_KEY = 1 << 128


class LogService:
    """Projects with their stores, in memory."""

    def __init__(self) -> None:
        """Without any project."""
        self._lock = threading.Lock()
        self._projects: dict[str, dict[str, Any]] = {}
        self._stores: dict[tuple[str, str], dict[str, Any]] = {}

    def answer(self, method: str, project: str, path: str, sent: dict[str, Any]) -> Answer:
        """Status and JSON; `project` is the host name's, empty where it names none."""
        with self._lock:
            parts = [part for part in path.split("/") if part]
            if parts == ["tags"]:
                return 200, {"tagResources": [], "nextToken": ""}
            if (method, parts) == ("POST", []):
                return self._create(sent)
            if project not in self._projects:
                return _error(404, "ProjectNotExist", f"The Project does not exist: {project}")
            if parts[:1] == ["logstores"]:
                return self._of_stores(method, project, parts[1:], sent)
            if parts == ["policy"]:
                return 200, None
            return self._of_project(method, project, sent) if not parts else _unknown(method, path)

    def _create(self, sent: dict[str, Any]) -> Answer:
        name = str(sent["projectName"])
        if name in self._projects:
            return _error(400, "ProjectAlreadyExist", f"Project {name} already exist")
        self._projects[name] = {"description": "", "status": "Normal", "resourceGroupId": "rg-default", **sent}
        return 200, {}

    def _of_project(self, method: str, name: str, sent: dict[str, Any]) -> Answer:
        if method == "DELETE":
            del self._projects[name]
            self._stores = {key: store for key, store in self._stores.items() if key[0] != name}
        elif method == "PUT":
            self._projects[name] |= sent
        return 200, self._projects.get(name, {})

    def _of_stores(self, method: str, project: str, parts: list[str], sent: dict[str, Any]) -> Answer:
        if not parts:
            self._stores[project, str(sent["logstoreName"])] = {**STORE, **sent}
            return 200, {}
        key = (project, parts[0])
        if key not in self._stores:
            return _error(404, "LogStoreNotExist", f"logstore {parts[0]} does not exist")
        if parts[1:] == ["meteringmode"]:
            return 200, {"meteringMode": "ChargeByFunction"}
        if parts[1:] == ["shards"]:
            return 200, _shards(self._stores[key]["shardCount"])
        if method == "DELETE":
            return 200, self._stores.pop(key) and {}
        if method == "PUT":
            self._stores[key] |= sent
        return 200, self._stores[key]


class Requests(BaseHTTPRequestHandler):
    """What is said in one connection."""

    protocol_version = "HTTP/1.1"
    service: ClassVar[LogService]

    def _answer(self) -> None:
        name = NAME.fullmatch(self.headers.get("Host", ""))
        project = (name and name[1]) or ""
        text = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        sent = json.loads(text) if text else {}
        status, answer = self.service.answer(self.command, project, urlsplit(self.path).path, sent)
        body = b"" if answer is None else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("x-log-requestid", "CONFORMANCE")
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815 - the names of `http.server`

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: what a test prints says what it asked."""


def _shards(count: int) -> list[dict[str, Any]]:
    ends = [f"{LAST_KEY * number // count:032x}" for number in range(count)] + ["f" * 32]
    return [
        {
            "shardID": number,
            "status": "readwrite",
            "inclusiveBeginKey": ends[number],
            "exclusiveEndKey": ends[number + 1],
        }
        for number in range(count)
    ]


def _error(status: int, code: str, message: str) -> Answer:
    return status, {"errorCode": code, "errorMessage": message}


def _unknown(method: str, path: str) -> Answer:
    return _error(400, "UnsupportedOperation", f"The tests' Log Service does not offer {method} {path}")
