"""What a person sees with `kubectl describe`: events, said once and again only when they change."""

import secrets
from datetime import UTC, datetime
from typing import Any

from local.kubernetes.client import EVENT, ApiError, Client

Json = dict[str, Any]
COMPONENT = "alb-ingress-controller"
BUILD, APPLY, DONE, IGNORED = "FailedBuildModel", "FailedApplyModel", "SuccessfullyReconciled", "IgnoredField"
LONGEST = 1000


class Events:
    """Events of one controller."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._said: dict[str, set[tuple[str, str]]] = {}

    def tell(self, item: Json, messages: list[tuple[str, str]]) -> None:
        """Say (reason, message) pairs about an object; what was said at the last round is not repeated."""
        identifier = str(item["metadata"].get("uid"))
        before = self._said.get(identifier, set())
        for reason, message in messages:
            if (reason, message) not in before:
                self._send(item, reason, message)
        self._said[identifier] = set(messages)

    def _send(self, item: Json, reason: str, message: str) -> None:
        """An event that cannot be written is no reason to stop."""
        meta = item["metadata"]
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        namespace = meta.get("namespace") or "default"
        reference = {"apiVersion": item["apiVersion"], "kind": item["kind"], "name": meta["name"], "uid": meta["uid"]}
        if meta.get("namespace"):
            reference["namespace"] = namespace
        body = {
            "metadata": {"name": f"{meta['name'][:200]}.{secrets.token_hex(8)}", "namespace": namespace},
            "involvedObject": reference, "reason": reason, "message": message[:LONGEST],
            "type": "Normal" if reason == DONE else "Warning", "source": {"component": COMPONENT},
            "firstTimestamp": now, "lastTimestamp": now, "count": 1,
        }  # fmt: skip
        try:
            self._client.create(EVENT, body)
        except (ApiError, OSError) as problem:
            print(f"event not written: {problem}", flush=True)
