"""An API server as the few calls needed here. Objects are plain dicts; errors carry our own words and HTTP codes only.

The connection is the stack file's: a kubeconfig file, a context of it, or both. Nothing ambient but the file's own
place (`KUBECONFIG`, `~/.kube/config`) when only a context is named.
"""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from mtlsedge_components.dynamic.errors import ProviderError
from mtlsedge_components.importing import one_at_a_time

ALB_CONFIGS = "/apis/alibabacloud.com/v1/albconfigs"
CONNECT_TIMEOUT, READ_TIMEOUT = 3.0, 30.0
"""Seconds."""
_MEANINGS = {
    401: "the credentials of the kubeconfig are not accepted",
    403: "the credentials lack the permission: see docs/guides/kubernetes-rbac.yaml",
    404: "there is no such object",
    409: "the object has changed, or a field belongs to another manager",
    422: "the API server or a webhook refuses the content",
    429: "too many requests; try again later",
}


class ClusterError(ProviderError):
    """A request that failed: HTTP `status`, or 0 where there was no answer."""

    def __init__(self, action: str, status: int) -> None:
        meaning = _MEANINGS.get(status, "the API server failed" if status else "the API server does not answer")
        super().__init__(f"{action} failed: {f'HTTP {status}: ' if status else ''}{meaning}")
        self.status = status


class Cluster:
    """One API server."""

    def __init__(self, kubeconfig: str, context: str) -> None:
        with one_at_a_time:
            from kubernetes import config

        try:
            self._api = config.new_client_from_config(kubeconfig or None, context or None, persist_config=False)
        except Exception as error:  # noqa: BLE001 - a kubeconfig's parser quotes it, and it holds credentials
            where = " and ".join(text for text in (kubeconfig, f"context {context}" if context else "") if text)
            raise ProviderError(
                f"kubernetes: found nothing usable in {where} ({type(error).__name__}); allowed a kubeconfig file with that context"
            ) from None

    @classmethod
    def of(cls, props: Mapping[str, Any]) -> "Cluster":
        """The one that a resource's properties name."""
        return cls(str(props["kubeconfig"]), str(props["context"]))

    def alb_config(self, name: str) -> dict[str, Any] | None:
        """The AlbConfig, or None."""
        try:
            return self._call("GET", f"{ALB_CONFIGS}/{quote(name, safe='')}", f"reading AlbConfig {name}")
        except ClusterError as error:
            if error.status == 404:
                return None
            raise

    def replace(self, document: Mapping[str, Any], manager: str) -> dict[str, Any]:
        """Write an AlbConfig under the resourceVersion it carries; 409 if it has changed since."""
        name = str(document["metadata"]["name"])
        path = f"{ALB_CONFIGS}/{quote(name, safe='')}?{urlencode({'fieldManager': manager})}"
        return self._call("PUT", path, f"writing AlbConfig {name}", json.dumps(document), "application/json")

    def apply(self, document: Mapping[str, Any], manager: str) -> dict[str, Any]:
        """Apply the fields in `document` as `manager`; 409 if another owns one, or the resourceVersion is not the latest."""
        name = str(document["metadata"]["name"])
        path = f"{ALB_CONFIGS}/{quote(name, safe='')}?{urlencode({'fieldManager': manager})}"
        return self._call(
            "PATCH", path, f"writing AlbConfig {name}", json.dumps(document), "application/apply-patch+yaml"
        )

    def events(self, name: str) -> list[dict[str, Any]]:
        """What was said about an AlbConfig, oldest first; nothing where that may not be read."""
        selector = f"involvedObject.kind=AlbConfig,involvedObject.name={name}"
        path = f"/api/v1/namespaces/default/events?{urlencode({'fieldSelector': selector})}"
        try:
            items = self._call("GET", path, "reading events").get("items") or []
        except ClusterError:
            return []
        return sorted(items, key=lambda item: str(item.get("lastTimestamp") or item.get("eventTime") or ""))

    def _call(self, method: str, path: str, action: str, body: str | None = None, kind: str = "") -> dict[str, Any]:
        with one_at_a_time:
            from urllib3 import Timeout
            from urllib3.exceptions import HTTPError

        headers: dict[str, str] = {"Accept": "application/json", **({"Content-Type": kind} if kind else {})}
        self._api.update_params_for_auth(headers, [], ["BearerToken"], path, method, body)
        try:
            answer = self._api.rest_client.pool_manager.request(
                method, self._api.configuration.host + path, body=body, headers=headers, retries=False,
                timeout=Timeout(connect=CONNECT_TIMEOUT, read=READ_TIMEOUT),
            )  # fmt: skip
        except HTTPError:
            raise ClusterError(action, 0) from None
        if answer.status >= 300:
            raise ClusterError(action, answer.status)
        return dict(json.loads(answer.data))
