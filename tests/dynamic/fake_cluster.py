"""A small API server over HTTP: what the dynamic providers and the stand-in plugin ask, with resource versions and owners."""

# ruff: noqa: C901, N815, PLR0911 - a small server answers by method and path in one place

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import yaml

KINDS = {
    "/apis/alibabacloud.com/v1": [("albconfigs", "AlbConfig", False)],
    "/apis/networking.k8s.io/v1": [("ingresses", "Ingress", True), ("ingressclasses", "IngressClass", False)],
    "/api/v1": [("events", "Event", True), ("configmaps", "ConfigMap", True)],
}


class FakeCluster:
    """Objects by path. `before_write` runs once before the next write, as somebody else's change would."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[str, Any]] = {}
        self.events: list[dict[str, Any]] = []
        self.requests: list[tuple[str, str]] = []
        self.before_write: Callable[[], None] | None = None
        self.version = 0
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def kubeconfig(self, folder: Path) -> Path:
        """A kubeconfig file with one context, `fake`."""
        server = f"http://127.0.0.1:{self.server.server_port}"
        document = {
            "apiVersion": "v1", "kind": "Config", "current-context": "other",
            "clusters": [{"name": "fake", "cluster": {"server": server}}],
            "users": [{"name": "fake", "user": {"token": "t"}}],
            "contexts": [{"name": "fake", "context": {"cluster": "fake", "user": "fake"}}],
        }  # fmt: skip
        (folder / "kubeconfig").write_text(yaml.safe_dump(document))
        return folder / "kubeconfig"

    def put(self, path: str, document: dict[str, Any], manager: str = "kubectl") -> dict[str, Any]:
        """Store an object as somebody else would."""
        self.version += 1
        old = self.objects.get(path, {"metadata": {}})
        metadata = {"uid": f"uid-{path}", **document["metadata"], "resourceVersion": str(self.version)}
        owners = [one for one in old["metadata"].get("managedFields", []) if one["manager"] != manager]
        if old.get("spec", {}).get("listeners") != document.get("spec", {}).get("listeners"):
            owners = [one for one in owners if "f:listeners" not in one["fieldsV1"].get("f:spec", {})]
            owners.append({"manager": manager, "operation": "Update", "fieldsV1": {"f:spec": {"f:listeners": {}}}})
        elif not any(one["manager"] == manager for one in owners):
            owners.append({"manager": manager, "operation": "Apply", "fieldsV1": {"f:spec": {}}})
        metadata["managedFields"] = owners
        self.objects[path] = {**document, "metadata": metadata}
        return self.objects[path]

    def alb_config(self, name: str, **spec: Any) -> dict[str, Any]:
        """Store an AlbConfig."""
        document = {"apiVersion": "alibabacloud.com/v1", "kind": "AlbConfig", "metadata": {"name": name}, "spec": spec}
        return self.put(f"/apis/alibabacloud.com/v1/albconfigs/{name}", document)

    def listeners(self, name: str) -> list[dict[str, Any]]:
        """The listeners of an AlbConfig now."""
        return self.objects[f"/apis/alibabacloud.com/v1/albconfigs/{name}"]["spec"]["listeners"]

    def stop(self) -> None:
        """Close the port."""
        self.server.shutdown()
        self.server.server_close()


def _handler(cluster: FakeCluster) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            url = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else {}
            cluster.requests.append((self.command, url.path))
            status, document = self.respond(url.path, parse_qs(url.query), body)
            content = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_PUT = do_PATCH = do_DELETE = answer

        def respond(self, path: str, query: dict[str, list[str]], body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
            if path in KINDS:
                return 200, {
                    "resources": [
                        {"name": plural, "kind": kind, "namespaced": scope} for plural, kind, scope in KINDS[path]
                    ]
                }
            if path.endswith("/events"):
                return 200, {"items": cluster.events}
            if self.command != "GET" and cluster.before_write:
                once, cluster.before_write = cluster.before_write, None
                once()
            live = cluster.objects.get(path)
            if live is None and self.command != "PATCH":
                return 404, {"message": "not found"}
            if self.command == "GET":
                return 200, live
            if self.command == "DELETE":
                return 200, cluster.objects.pop(path)
            given = body["metadata"].get("resourceVersion")
            if live and given and given != live["metadata"]["resourceVersion"]:
                return 409, {"message": "the object has been modified"}
            merged = {**(live or {}), **body, "spec": {**((live or {}).get("spec") or {}), **body.get("spec", {})}}
            return 200, cluster.put(path, merged, query["fieldManager"][0])

        def log_message(self, *arguments: Any) -> None:
            pass

    return Handler
