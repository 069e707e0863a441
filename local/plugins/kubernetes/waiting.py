"""Waiting as the vendor's plugin does: for an Ingress's address after a write, for absence after a deletion."""

import time
from collections.abc import Callable

from local.plugins.kubernetes.api import Api
from local.plugins.kubernetes.errors import StandInError
from local.plugins.kubernetes.objects import SKIP_AWAIT, Object, address

DEFAULT_SECONDS = 600.0
POLL_SECONDS = 0.25


class Cancelled(StandInError):
    """The engine asked to stop."""


def until_ready(api: Api, live: Object, seconds: float, cancelled: Callable[[], bool]) -> Object:
    """The object once it is ready; raises StandInError when the time is over. Kinds other than Ingress are at once."""
    annotations = live["metadata"].get("annotations") or {}
    if live["kind"] != "Ingress" or annotations.get(SKIP_AWAIT) == "true":
        return live
    end = time.monotonic() + (seconds or DEFAULT_SECONDS)
    metadata = live["metadata"]
    while not address(live):
        _require_time(
            end, cancelled, f"Ingress {metadata['name']} has no address in its status: does its controller run?"
        )
        time.sleep(POLL_SECONDS)
        found = api.get(live["apiVersion"], live["kind"], metadata.get("namespace", ""), metadata["name"])
        if found is None:
            raise StandInError(f"Ingress {metadata['name']} was deleted while it was waited for")
        live = found
    return live


def until_gone(
    api: Api, key: tuple[str, str, str, str], uid: str, seconds: float, cancelled: Callable[[], bool]
) -> None:
    """Returns when the object is gone, or another one has its name; `key` is apiVersion, kind, namespace and name."""
    end = time.monotonic() + (seconds or DEFAULT_SECONDS)
    while (live := api.get(*key)) is not None and (not uid or live["metadata"].get("uid") == uid):
        held = ", ".join(live["metadata"].get("finalizers") or []) or "none"
        _require_time(end, cancelled, f"{key[1]} {key[3]} is still there; finalizers that hold it: {held}")
        time.sleep(POLL_SECONDS)


def _require_time(end: float, cancelled: Callable[[], bool], text: str) -> None:
    if cancelled():
        raise Cancelled(f"stopped on request; {text}")
    if time.monotonic() >= end:
        raise StandInError(text)
