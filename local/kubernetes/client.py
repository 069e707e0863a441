"""A client of the Kubernetes API: JSON over HTTPS with a bearer token, and the watch. Standard library only."""

import http.client
import json
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

Object = dict[str, Any]
ANSWER_SECONDS = 30
WATCH_SECONDS = 240
"""How long the server keeps a watch open before it ends it and we ask again."""
APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"


class ApiError(Exception):
    """The API server refused a request: `status` is the HTTP status, `reason` the server's word for it."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(f"{status} {reason}: {message}")
        self.status = status
        self.reason = reason


@dataclass(frozen=True)
class Kind:
    """A kind of object and where its collection is."""

    group: str
    version: str
    plural: str
    kind: str
    namespaced: bool = True

    @property
    def api_version(self) -> str:
        """`v1`, `networking.k8s.io/v1`."""
        return f"{self.group}/{self.version}" if self.group else self.version

    def path(self, namespace: str | None = None, name: str = "", sub: str = "") -> str:
        """Path of an object, or of a collection when there is no name; without a namespace of all namespaces."""
        root = f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"
        within = f"/namespaces/{namespace}" if self.namespaced and namespace else ""
        return root + within + "".join(f"/{part}" for part in (self.plural, name, sub) if part)


ALB_CONFIG = Kind("alibabacloud.com", "v1", "albconfigs", "AlbConfig", namespaced=False)
INGRESS_CLASS = Kind("networking.k8s.io", "v1", "ingressclasses", "IngressClass", namespaced=False)
INGRESS = Kind("networking.k8s.io", "v1", "ingresses", "Ingress")
SERVICE = Kind("", "v1", "services", "Service")
ENDPOINTS = Kind("", "v1", "endpoints", "Endpoints")
SECRET = Kind("", "v1", "secrets", "Secret")
EVENT = Kind("", "v1", "events", "Event")
NAMESPACE = Kind("", "v1", "namespaces", "Namespace", namespaced=False)
CRD = Kind("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", namespaced=False)


@dataclass(frozen=True)
class Client:
    """Requests to one API server as one user. Every method raises ApiError, or OSError when nobody answers."""

    host: str
    port: int
    ca_file: str
    token: str = field(repr=False)
    manager: str = "mtlsedge-local"
    """Field manager of what this client writes."""

    def get(self, kind: Kind, name: str, namespace: str | None = None) -> Object | None:
        """One object; None when there is none."""
        try:
            return self.request("GET", kind.path(namespace, name))
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def list(self, kind: Kind, namespace: str | None = None) -> Object:
        """The collection as the server answers it: `items`, and the `resourceVersion` a watch starts from."""
        return self.request("GET", kind.path(namespace))

    def create(self, kind: Kind, body: Object) -> Object:
        """Create an object."""
        namespace = body["metadata"].get("namespace")
        return self.request("POST", kind.path(namespace), body, query={"fieldManager": self.manager})

    def apply(self, kind: Kind, body: Object, sub: str = "") -> Object:
        """Server-side apply, taking conflicting fields over."""
        document = {"apiVersion": kind.api_version, "kind": kind.kind, **body}
        meta = document["metadata"]
        query = {"fieldManager": self.manager, "force": "true"}
        return self.request(
            "PATCH", kind.path(meta.get("namespace"), meta["name"], sub), document, content=APPLY, query=query
        )

    def merge(self, kind: Kind, target: Object, patch: Object, sub: str = "") -> Object:
        """JSON merge patch of `target`."""
        meta = target["metadata"]
        path = kind.path(meta.get("namespace"), meta["name"], sub)
        return self.request("PATCH", path, patch, content=MERGE, query={"fieldManager": self.manager})

    def delete(self, kind: Kind, name: str, namespace: str | None = None) -> None:
        """Ask for an object's deletion; quiet when it is gone."""
        try:
            self.request("DELETE", kind.path(namespace, name))
        except ApiError as error:
            if error.status != 404:
                raise

    def request(self, method: str, path: str, body: Object | None = None, *,
                content: str = "application/json", query: dict[str, str] | None = None) -> Object:  # fmt: skip
        """One request, decoded."""
        connection = self._connect(ANSWER_SECONDS)
        try:
            answer = self._send(connection, method, path, body, content, query)
            text = answer.read()
        except http.client.HTTPException as error:
            raise ConnectionError(type(error).__name__) from None
        finally:
            connection.close()
        document = _decoded(text)
        if answer.status >= 400:
            raise _refusal(answer.status, document)
        return document

    def watch(self, kind: Kind, version: str) -> Iterator[Object]:
        """Events (`type`, `object`) since a version, until the server ends the watch. ApiError 410: list again."""
        connection = self._connect(WATCH_SECONDS + ANSWER_SECONDS)
        query = {
            "watch": "true",
            "resourceVersion": version,
            "timeoutSeconds": str(WATCH_SECONDS),
            "allowWatchBookmarks": "true",
        }
        try:
            answer = self._send(connection, "GET", kind.path(), None, "application/json", query)
            if answer.status >= 400:
                raise _refusal(answer.status, _decoded(answer.read()))
            while line := answer.readline():
                event = _decoded(line)
                if event.get("type") == "ERROR":
                    raise _refusal(int(event["object"].get("code") or 500), event["object"])
                yield event
        except http.client.HTTPException as error:
            raise ConnectionError(type(error).__name__) from None
        finally:
            connection.close()

    def text(self, path: str) -> tuple[int, str]:
        """Status and text of a page such as `/readyz`."""
        connection = self._connect(ANSWER_SECONDS)
        try:
            answer = self._send(connection, "GET", path, None, "application/json", None)
            return answer.status, answer.read().decode(errors="replace")
        except http.client.HTTPException as error:
            raise ConnectionError(type(error).__name__) from None
        finally:
            connection.close()

    def _connect(self, seconds: float) -> http.client.HTTPSConnection:
        context = ssl.create_default_context(cafile=self.ca_file)
        return http.client.HTTPSConnection(self.host, self.port, timeout=seconds, context=context)

    def _send(self, connection: http.client.HTTPSConnection, method: str, path: str, body: Object | None,
              content: str, query: dict[str, str] | None) -> http.client.HTTPResponse:  # fmt: skip
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json", "Content-Type": content}
        target = f"{path}?{urlencode(query)}" if query else path
        connection.request(method, target, json.dumps(body).encode() if body is not None else None, headers)
        return connection.getresponse()


def _decoded(text: bytes) -> Object:
    try:
        document = json.loads(text)
    except ValueError:
        return {"message": text.decode(errors="replace")[:500]}
    return document if isinstance(document, dict) else {"message": str(document)[:500]}


def _refusal(status: int, document: Object) -> ApiError:
    return ApiError(status, str(document.get("reason") or ""), str(document.get("message") or ""))
