"""What a cluster's garbage collector does for deletions in the foreground: it lets an object go when nothing hangs on it.

The vendor's Pulumi provider deletes in the foreground, so without this every deletion would wait for ever. Nothing in the
local cluster has an owner, so there is nothing to delete first.
"""

import threading

from local.kubernetes.client import ALB_CONFIG, INGRESS, INGRESS_CLASS, ApiError, Client, Kind, Object
from local.kubernetes.controller.watching import RETRY_SECONDS, Watcher

FINALIZER = "foregroundDeletion"
KINDS = (ALB_CONFIG, INGRESS_CLASS, INGRESS)
"""What a stack deletes."""


class GarbageCollector:
    """One thread that takes the finalizer off once it is the last."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._watcher = Watcher(client, KINDS)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="garbage collector", daemon=True)

    def start(self) -> None:
        """Begin, in threads."""
        self._watcher.start()
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stopping.set()
        self._watcher.stop()
        self._thread.join(5)

    def _run(self) -> None:
        pause: float | None = None
        while not self._stopping.is_set():
            self._watcher.changed.wait(pause)
            self._watcher.changed.clear()
            left = [self._let_go(kind, item) for kind in KINDS for item in self._watcher.snapshot(kind).values()]
            pause = None if all(left) else RETRY_SECONDS

    def _let_go(self, kind: Kind, item: Object) -> bool:
        """Whether nothing is left to do about the object."""
        if item["metadata"].get("finalizers") != [FINALIZER]:
            return True
        patch = {"metadata": {"finalizers": [], "resourceVersion": item["metadata"]["resourceVersion"]}}
        try:
            self._client.merge(kind, item, patch)
        except ApiError as error:
            return error.status == 404
        except OSError:
            return False
        return True
