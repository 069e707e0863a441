"""Requests to the API server: discovery of a kind's path, get, apply, delete. Credentials by the `kubernetes` library."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from urllib3 import Timeout
from urllib3.exceptions import HTTPError

from kubernetes import config
from kubernetes.config import ConfigException
from local.plugins.kubernetes.connection import Connection
from local.plugins.kubernetes.errors import ApiError, StandInError, UnreachableError
from local.plugins.kubernetes.objects import Object

CONNECT_SECONDS, READ_SECONDS = 3.0, 30.0
APPLY = "application/apply-patch+yaml"
CLUSTER_SCOPED = (
    "IngressClass",
    "AlbConfig",
    "Namespace",
    "ClusterRole",
    "ClusterRoleBinding",
    "CustomResourceDefinition",
)
"""Kinds whose scope is known without a cluster; a preview without one needs it."""
NAMESPACED = (
    "Ingress",
    "Service",
    "Secret",
    "ConfigMap",
    "Deployment",
    "Pod",
    "ServiceAccount",
    "Role",
    "RoleBinding",
    "Endpoints",
)


class Api:
    """One API server, as the kubeconfig's user."""

    def __init__(self, connection: Connection) -> None:
        self._namespace = connection.namespace or "default"
        self._force = connection.force
        self._plurals: dict[tuple[str, str], tuple[str, bool]] = {}
        document = connection.document()
        try:
            if document is None:
                self._client = config.new_client_from_config(context=connection.context or None, persist_config=False)
            else:
                self._client = config.new_client_from_config_dict(
                    document, context=connection.context or None, persist_config=False
                )
        except (ConfigException, KeyError, TypeError, ValueError, OSError) as error:
            raise UnreachableError(f"the kubeconfig cannot be used ({type(error).__name__})") from None

    def is_namespaced(self, version: str, kind: str) -> bool | None:
        """Whether objects of a kind live in a namespace; None where that is not known and nobody answers."""
        if kind in CLUSTER_SCOPED:
            return False
        if kind in NAMESPACED:
            return True
        try:
            return self._discover(version, kind)[1]
        except (UnreachableError, ApiError):
            return None

    def get(self, version: str, kind: str, namespace: str, name: str) -> Object | None:
        """An object, or None."""
        try:
            return self._call("GET", self._path(version, kind, namespace, name), f"reading {kind} {name}")
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def apply(self, document: Mapping[str, Any], manager: str) -> Object:
        """Server-side apply of what the inputs say; fields of other managers are taken from them only with `force`."""
        metadata = document["metadata"]
        version, kind = str(document["apiVersion"]), str(document["kind"])
        path = self._path(version, kind, str(metadata.get("namespace") or ""), str(metadata["name"]))
        query = urlencode({"fieldManager": manager, "fieldValidation": "Strict", "force": str(self._force).lower()})
        return self._call(
            "PATCH", f"{path}?{query}", f"applying {kind} {metadata['name']}", json.dumps(document), APPLY
        )

    def delete(self, version: str, kind: str, namespace: str, name: str) -> None:
        """Ask for the deletion of an object; one that is gone is no error. Nobody here collects dependents first."""
        body = json.dumps({"propagationPolicy": "Background"})
        path = self._path(version, kind, namespace, name)
        try:
            self._call("DELETE", path, f"deleting {kind} {name}", body, "application/json")
        except ApiError as error:
            if error.status != 404:
                raise

    def _path(self, version: str, kind: str, namespace: str, name: str) -> str:
        plural, namespaced = self._discover(version, kind)
        within = f"/namespaces/{quote(namespace or self._namespace, safe='')}" if namespaced else ""
        return f"{_root(version)}{within}/{plural}/{quote(name, safe='')}"

    def _discover(self, version: str, kind: str) -> tuple[str, bool]:
        """Plural and scope of a kind, asked once."""
        if (version, kind) not in self._plurals:
            listed = self._call("GET", _root(version), f"looking up {version}").get("resources") or []
            for item in listed:
                if "/" not in item["name"]:
                    self._plurals[version, str(item["kind"])] = (str(item["name"]), bool(item["namespaced"]))
        if (version, kind) not in self._plurals:
            raise StandInError(f"the cluster has no kind {kind} in {version}")
        return self._plurals[version, kind]

    def _call(self, method: str, path: str, action: str, body: str | None = None, content: str = "") -> Object:
        headers = {"Accept": "application/json", **({"Content-Type": content} if content else {})}
        self._client.update_params_for_auth(headers, [], ["BearerToken"], path, method, body)
        try:
            answer = self._client.rest_client.pool_manager.request(
                method, self._client.configuration.host + path, body=body, headers=headers, retries=False,
                timeout=Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
            )  # fmt: skip
        except HTTPError as error:
            raise UnreachableError(f"{action}: the API server does not answer ({type(error).__name__})") from None
        if answer.status >= 300:
            raise ApiError(action, answer.status, _message(answer.data))
        return dict(json.loads(answer.data))


def _root(version: str) -> str:
    return f"/apis/{version}" if "/" in version else f"/api/{version}"


def _message(body: bytes) -> str:
    """The server's own message; a Secret's content is never in it."""
    try:
        return str(json.loads(body).get("message") or "no message")
    except (ValueError, AttributeError):
        return "no message"
