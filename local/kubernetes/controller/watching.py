"""What the cluster holds, kept up to date by watches: one thread a kind, one event when anything changes."""

import threading
from collections.abc import Mapping, Sequence

from local.kubernetes.client import (
    ALB_CONFIG,
    ENDPOINTS,
    INGRESS,
    INGRESS_CLASS,
    SECRET,
    SERVICE,
    ApiError,
    Client,
    Kind,
    Object,
)

KINDS = (ALB_CONFIG, INGRESS_CLASS, INGRESS, SERVICE, ENDPOINTS, SECRET)
RETRY_SECONDS = 0.5
"""Pause after the API server did not answer or ended a watch with an error."""


class Watcher:
    """Objects by kind and `namespace/name`, and whether they changed."""

    def __init__(self, client: Client, kinds: Sequence[Kind] = KINDS) -> None:
        self._client = client
        self._kinds = kinds
        self._lock = threading.Lock()
        self._objects: dict[str, dict[str, Object]] = {}
        self._stopping = threading.Event()
        self.changed = threading.Event()

    def start(self) -> None:
        """Begin to watch, in threads that end with the process."""
        for kind in self._kinds:
            threading.Thread(target=self._follow, args=(kind,), name=f"watch {kind.plural}", daemon=True).start()

    def stop(self) -> None:
        """Stop watching; a thread that waits for the server ends with its watch."""
        self._stopping.set()
        self.changed.set()

    @property
    def synced(self) -> bool:
        """Whether every kind has been read once; acting on less would take things away."""
        with self._lock:
            return all(kind.plural in self._objects for kind in self._kinds)

    def snapshot(self, kind: Kind) -> Mapping[str, Object]:
        """The objects of a kind as they are now."""
        with self._lock:
            return dict(self._objects.get(kind.plural, {}))

    def _follow(self, kind: Kind) -> None:
        while not self._stopping.is_set():
            try:
                version = self._list(kind)
                self._watch(kind, version)
            except (ApiError, OSError):
                self._stopping.wait(RETRY_SECONDS)

    def _list(self, kind: Kind) -> str:
        answer = self._client.list(kind)
        marked = ({"apiVersion": kind.api_version, "kind": kind.kind, **item} for item in answer.get("items") or [])
        items = {key_of(item): item for item in marked}
        with self._lock:
            differs = self._objects.get(kind.plural) != items
            self._objects[kind.plural] = items
        if differs:
            self.changed.set()
        return str(answer["metadata"]["resourceVersion"])

    def _watch(self, kind: Kind, version: str) -> None:
        for event in self._client.watch(kind, version):
            if self._stopping.is_set():
                return
            if event["type"] == "BOOKMARK":
                continue
            item = event["object"]
            with self._lock:
                if event["type"] == "DELETED":
                    self._objects[kind.plural].pop(key_of(item), None)
                else:
                    self._objects[kind.plural][key_of(item)] = item
            self.changed.set()


def key_of(item: Object) -> str:
    """`namespace/name`, or the name alone."""
    meta = item["metadata"]
    return f"{meta['namespace']}/{meta['name']}" if meta.get("namespace") else str(meta["name"])
