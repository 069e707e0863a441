"""Faults on request: off for a newcomer, switched on by a test or by `python -m local faults`.

A fault is {kind, action, times, code, status, message, seconds, after}. `action` is a name or "*"; `after` calls of it are
let pass first; `times` counts down to nothing, and absent means until it is cleared. Kinds:

* throttle: 503 Throttling.User;        * error: `status`, `code` and `message` as given
* configuring: 400 IncorrectStatus.Listener, as a listener that is being changed answers
* clock: 400 InvalidTimeStamp.Expired, as a cloud answers whose clock has jumped
* slow-reply: the call is done `seconds` later
* lost-request: nothing is done, and the connection closes without an answer
* lost-reply: the call is done and durable, then the connection closes without an answer
* reset: the same, but the connection is reset
* full-disk: the write fails as on a full disk
* failed-job: the call's job fails, and nothing else of the call is done; other calls are let pass
* slow: states and jobs take `seconds` longer to settle
* kill: the whole local cloud ends as by kill -9, when a write is done and durable and nobody has been told of it;
  `after` counts writes
* seeded: any of these by a `seed`, for a share `rate` of the calls (local/cloud/seeded_faults.py)

The log's entry of a call names the faults that struck it.
"""

import json
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from local import whole_files
from local.cloud import seeded_faults
from local.cloud.errors import CloudError, invalid

FILE_NAME = "faults.json"
SEEDED = "seeded"
KINDS = (
    "throttle", "error", "configuring", "clock", "slow-reply", "lost-request", "lost-reply", "reset", "full-disk", "failed-job",
    "slow", "kill", SEEDED,
)  # fmt: skip
ANSWERS = {
    "throttle": (503, "Throttling.User", "Request was denied due to user flow control."),
    "configuring": (400, "IncorrectStatus.Listener", "The status of the listener is incorrect: Configuring."),
    "clock": (400, "InvalidTimeStamp.Expired", "The timestamp differs from the server's clock by over 15 minutes."),
}
COUNTERS = ("times", "after", "calls", "kinds")
"""What a fault says about when it strikes, which is no part of what it does."""
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

    def notes(self) -> list[str]:
        """One line for each, for a person."""
        return [
            f"a fault is on: {json.dumps(_named(fault))}; `python -m local faults --clear`" for fault in self.listed()
        ]

    def add(self, fault: Fault) -> None:
        """Switch a fault on; CloudError when it makes no sense."""
        if fault.get("kind") not in KINDS:
            raise invalid("kind", f"allowed are {', '.join(KINDS)}")
        if fault["kind"] == "error" and not fault.get("code"):
            raise invalid("code", "an error needs one")
        if fault["kind"] == SEEDED:
            try:
                fault = seeded_faults.completed(fault)
            except ValueError as problem:
                raise invalid(SEEDED, str(problem)) from None
        with self._lock:
            self._save([*self._faults, {"action": "*", **fault}])

    def clear(self) -> None:
        """Switch all faults off."""
        with self._lock:
            self._save([])

    def slower_by(self) -> float:
        """Extra seconds until states and jobs settle."""
        return max((float(f.get("seconds", 0)) for f in self.listed() if f["kind"] == "slow"), default=0.0)

    def take(self, kind: str, action: str) -> Fault | None:
        """The fault of a kind that strikes a call of an action, counted; None when there is none."""
        if not self._faults:
            return None
        with self._lock:
            fault = self._due(kind, action)
            if fault is not None and fault.get("times") is not None:
                self._count_down(fault)
            return fault

    def forget(self, fault: Fault) -> None:
        """Switch one fault off."""
        with self._lock:
            self._save([f for f in self._faults if f is not fault])

    def drawn(self, action: str) -> Fault | None:
        """What the seed, if there is one, has in store for this call of an action."""
        fault = self.take(SEEDED, action)
        if fault is None:
            return None
        with self._lock:
            number = fault["calls"][action] = fault["calls"].get(action, 0) + 1
            self._save(self._faults)
        return seeded_faults.drawn(fault, action, number)

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
        whole_files.write(self._path, json.dumps(faults, indent=1), durable=True)


class Fate:
    """What the faults do to one call, step by step."""

    def __init__(self, faults: Faults, action: str) -> None:
        self._faults = faults
        self._action = action
        self._drawn: Fault | None = None
        self.last_words: Callable[[], None] = lambda: None
        """Writes the call into the log before the end."""
        self.struck: list[Fault] = []
        """The faults that struck it, as the log shows them."""

    def begin(self) -> None:
        """Wait, or raise the error a fault asks for instead of doing the call."""
        self._drawn = self._faults.drawn(self._action)
        if fault := self._take("slow-reply"):
            time.sleep(float(fault.get("seconds", 1)))
        for kind, answer in ANSWERS.items():
            if self._take(kind):
                raise CloudError(*answer)
        if fault := self._take("error"):
            raise CloudError(int(fault.get("status", 400)), fault["code"], fault.get("message", "A fault asked for."))

    def fill_disk(self) -> None:
        """Raise, in a write's transaction, what a full disk does."""
        if self._take("full-disk"):
            raise sqlite3.OperationalError("database or disk is full")

    def loses_request(self) -> bool:
        """Whether the call must not be done, and its caller not be told."""
        return self._take("lost-request") is not None

    def loses_reply(self) -> bool:
        """Whether this reply must not reach the caller."""
        return self._take("lost-reply") is not None

    def resets(self) -> bool:
        """Whether the connection ends by a reset in place of the reply."""
        return self._take("reset") is not None

    def fails_job(self) -> bool:
        """Whether the job that the call has begun fails."""
        return self._take("failed-job") is not None

    def kill(self) -> None:
        """End this process if the write just done is the one asked for; the fault is forgotten before that, for the next start."""
        if fault := self._take("kill"):
            self._faults.forget(fault)
            self.last_words()
            os.kill(os.getpid(), signal.SIGKILL)

    def _take(self, kind: str) -> Fault | None:
        drawn = self._drawn if self._drawn is not None and self._drawn["kind"] == kind else None
        fault = self._faults.take(kind, self._action) or drawn
        if fault is not None:
            self.struck.append(_named(fault))
        return fault


def _concerns(fault: Fault, action: str) -> bool:
    return fault.get("action", "*").lower() in ("*", action.lower())


def _named(fault: Fault) -> Fault:
    return {key: value for key, value in fault.items() if key not in COUNTERS}
