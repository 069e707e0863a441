"""States of the local cloud's objects that settle by themselves: Provisioning becomes Active, a job becomes Succeeded.

A pending change is a document of its own, written in the transaction that starts it, so it also happens if
the cloud is killed meanwhile: overdue ones are applied at the next start.
"""

import math
import sqlite3
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

from local.cloud.store import Store

KIND = "cloud.transition"
SETTLE_SECONDS = 0.2
"""How long the local cloud takes for what the real one does in the background."""
IDLE_SECONDS = 60.0
RETRY_SECONDS = 1.0


class Transitions:
    """The pending changes of one store and the thread that applies them."""

    def __init__(self, store: Store, slower_by: Callable[[str], float]) -> None:
        """`slower_by` gives the extra seconds that changes of a kind of documents take."""
        self._store = store
        self._slower_by = slower_by
        self._wake = threading.Event()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="transitions", daemon=True)

    def later(self, kind: str, id: str, **changes: Any) -> None:
        """Set `changes` in a document once it has settled; call it inside the transaction that starts this."""
        seconds = SETTLE_SECONDS + self._slower_by(kind)
        pending = {"Due": time.time() + seconds, "Seconds": seconds, "Kind": kind, "Id": id, "Changes": changes}
        self._store.put(KIND, uuid.uuid4().hex, pending)
        self._wake.set()

    def start(self) -> None:
        """Begin to apply changes, overdue ones at once."""
        self._thread.start()

    def stop(self) -> None:
        """End the thread; what is pending stays in the store."""
        self._stopped = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopped:
            self._wake.clear()
            self._wake.wait(self._apply_or_retry())

    def _apply_or_retry(self) -> float:
        """A full disk ends no thread: what is pending is tried again."""
        try:
            return self._apply_due()
        except sqlite3.Error:
            return RETRY_SECONDS

    def _apply_due(self) -> float:
        """Apply what is due in one transaction; seconds until the next one is."""
        with self._store.transaction():
            # Not before: what begins while this waits for the store would look as if the clock went back.
            now = time.time()
            rows = self._store.items(KIND)
            for key, pending in rows:
                if _left(pending, now) <= 0:
                    self._apply(key, pending)
        return min((left for _, pending in rows if (left := _left(pending, now)) > 0), default=IDLE_SECONDS)

    def _apply(self, key: str, pending: dict[str, Any]) -> None:
        document = self._store.get(pending["Kind"], pending["Id"])
        if document is not None:
            self._store.put(pending["Kind"], pending["Id"], {**document, **pending["Changes"]})
        self._store.delete(KIND, key)


def _left(pending: dict[str, Any], now: float) -> float:
    """Seconds until a change is due; none where the clock was set back, for nothing takes longer than it was to take."""
    left = float(pending["Due"]) - now
    return 0.0 if left > pending.get("Seconds", math.inf) else left
