"""Faults on request: off for a newcomer, switched on by a test or by `python -m local faults`.

A fault is {kind, action, times, code, status, message, seconds, after}. `action` is a name or "*"; `after` calls of it are
let pass first; `times` counts down to nothing, and absent means until it is cleared. Kinds:

* throttle: 503 Throttling.User;        * error: `status`, `code` and `message` as given
* configuring: 400 IncorrectStatus.Listener, as a listener that is being changed answers
* lost-reply: the call is done and durable, then the connection closes without an answer
* slow: states and jobs take `seconds` longer to settle
* kill: the whole local cloud ends as by kill -9, when a write is done and durable and nobody has been told of it;
  `after` counts writes
"""

import json
import os
import signal
import threading
from pathlib import Path
from typing import Any

from local.cloud.errors import CloudError, invalid
from local.cloud.files import write_private

KINDS = ("throttle", "error", "configuring", "lost-reply", "slow", "kill")
Fault = dict[str, Any]


class Faults:
    """The faults of one cloud, kept in a small JSON file so that they survive a restart."""

    def __init__(self, path: Path) -> None:
        """Read `path` if it is there."""
        self._path = path
        self._lock = threading.Lock()
        self._faults: list[Fault] = json.loads(path.read_text()) if path.exists() else []

    def listed(self) -> list[Fault]:
        """The faults that are on."""
        with self._lock:
            return [dict(fault) for fault in self._faults]

    def add(self, fault: Fault) -> None:
        """Switch a fault on; CloudError when it makes no sense."""
        if fault.get("kind") not in KINDS:
            raise invalid("kind", f"allowed are {', '.join(KINDS)}")
        if fault["kind"] == "error" and not fault.get("code"):
            raise invalid("code", "an error needs one")
        with self._lock:
            self._save([*self._faults, {"action": "*", **fault}])

    def clear(self) -> None:
        """Switch all faults off."""
        with self._lock:
            self._save([])

    def raise_before(self, action: str) -> None:
        """Raise the error a fault asks for instead of doing the call."""
        if self._take("throttle", action):
            raise CloudError(503, "Throttling.User", "Request was denied due to user flow control.")
        if self._take("configuring", action):
            raise CloudError(400, "IncorrectStatus.Listener", "The status of the listener is incorrect: Configuring.")
        if fault := self._take("error", action):
            raise CloudError(int(fault.get("status", 400)), fault["code"], fault.get("message", "A fault asked for."))

    def loses_reply(self, action: str) -> bool:
        """Whether this reply must not reach the caller."""
        return self._take("lost-reply", action) is not None

    def kill_after(self, action: str) -> None:
        """End this process if a write is the one asked for; the fault is forgotten before that, for the next start."""
        with self._lock:
            if (fault := self._due("kill", action)) is None:
                return
            self._save([f for f in self._faults if f is not fault])
            os.kill(os.getpid(), signal.SIGKILL)

    def slower_by(self) -> float:
        """Extra seconds until states and jobs settle."""
        return max((float(f.get("seconds", 0)) for f in self.listed() if f["kind"] == "slow"), default=0.0)

    def _take(self, kind: str, action: str) -> Fault | None:
        with self._lock:
            fault = self._due(kind, action)
            if fault is not None and fault.get("times") is not None:
                self._count_down(fault)
            return fault

    def _due(self, kind: str, action: str) -> Fault | None:
        """The fault that strikes this call; one that lets it pass has one call less to let pass."""
        fault = next((f for f in self._faults if f["kind"] == kind and _concerns(f, action)), None)
        if fault is None or fault.get("after", 0) <= 0:
            return fault
        fault["after"] -= 1
        return None

    def _count_down(self, fault: Fault) -> None:
        fault["times"] -= 1
        self._save([f for f in self._faults if f.get("times") != 0])

    def _save(self, faults: list[Fault]) -> None:
        self._faults = faults
        write_private(self._path, json.dumps(faults, indent=1))


def _concerns(fault: Fault, action: str) -> bool:
    return fault.get("action", "*").lower() in ("*", action.lower())
