"""The log of every call, one JSON object a line, without secrets; `python -m local log` reads it."""

import contextlib
import hashlib
import json
import os
import threading
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local.cloud.wire import COMMON

FILE_NAME = "requests.jsonl"
MAXIMUM_BYTES = 16 * 1024 * 1024
"""Beyond this the log moves to `<name>.1`, replacing the one before."""
LONGEST_VALUE = 256
_SECRET_NAMES = frozenset(
    {"key", "privatekey", "encryptprivatekey", "signprivatekey", "password", "userdata", "signature",
     "securitytoken", "accesskeyid", "accesskeysecret", "ciphertextblob", "plaintext"}
)  # fmt: skip


class RequestLog:
    """Appends to one file of mode 0600; thread-safe."""

    def __init__(self, path: Path) -> None:
        """`path` is created at the first entry."""
        self._path = path
        self._lock = threading.Lock()

    def write(self, **entry: Any) -> None:
        """Append one entry; `parameters` is redacted, the time is added."""
        entry["parameters"] = redacted(entry.get("parameters", {}))
        line = json.dumps({"time": datetime.now(UTC).isoformat(timespec="milliseconds"), **entry}) + "\n"
        with self._lock:
            self._rotate()
            descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                os.write(descriptor, line.encode())
            finally:
                os.close(descriptor)

    def _rotate(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            if self._path.stat().st_size > MAXIMUM_BYTES:
                self._path.replace(self._path.with_name(self._path.name + ".1"))


def entries(lines: Iterable[str]) -> Iterator[dict[str, Any]]:
    """The entries of a log's lines; one cut off by a crash is passed over."""
    for line in lines:
        with contextlib.suppress(ValueError):
            yield json.loads(line)


def redacted(flat: Mapping[str, Any]) -> dict[str, str]:
    """The parameters without what must not be read: keys, passwords, PEM, and anything long."""
    return {name: _shown(name, str(value)) for name, value in flat.items() if name not in COMMON}


def sends_private_key(flat: Mapping[str, Any]) -> bool:
    """Whether a private key is among the parameters, whatever the action makes of it."""
    return any("PRIVATE KEY" in str(value) for value in flat.values()) or bool(flat.get("PrivateKey"))


def _shown(name: str, value: str) -> str:
    if value and (name.lower() in _SECRET_NAMES or "PRIVATE KEY" in value):
        return "<redacted>"
    if "-----BEGIN" in value:
        return f"<PEM, sha256 {hashlib.sha256(value.encode()).hexdigest()[:16]}>"
    return value if len(value) <= LONGEST_VALUE else f"<{len(value)} characters>"
