"""What the local cluster holds before any stack: the CRD, the accounts' rights, and the tutorial's Services.

There is no kubelet and no pod: a Service's endpoints are addresses that the backends of the local cloud answer at.
"""

import time
from collections.abc import Iterable
from typing import Any

import yaml

from local.kubernetes import crd
from local.kubernetes.accounts import CONTROLLER_USER
from local.kubernetes.client import ALB_CONFIG, CRD, ENDPOINTS, NAMESPACE, SERVICE, ApiError, Client, Kind
from local.places import BACKEND_NETWORK, CHECKOUT

RBAC_FILE = CHECKOUT / "docs" / "guides" / "kubernetes-rbac.yaml"
"""The rights that the documents give a reader for a real cluster; here they are the ones in force."""
TARGET_PORT = 8080
SERVICES = {"web": (11, 12), "coffee": (21, 22), "tea": (31, 32)}
"""Services of the tutorial in `default`: name -> last octets of its two pods' addresses. Port 80 leads to 8080."""
DEFAULT_ACCOUNT = {"kind": "ServiceAccount", "metadata": {"name": "default", "namespace": "default"}}
"""What a controller-manager makes in a namespace; without it the API server takes no pod."""
WAIT_SECONDS = 20
NOT_YET = (404, 429)
"""What the API server answers while it begins to serve a new kind."""
_RBAC_GROUP = "rbac.authorization.k8s.io"
_EVERYTHING_READ = ["get", "list", "watch"]
KINDS = {
    "Namespace": NAMESPACE,
    "ServiceAccount": Kind("", "v1", "serviceaccounts", "ServiceAccount"),
    "ClusterRole": Kind(_RBAC_GROUP, "v1", "clusterroles", "ClusterRole", namespaced=False),
    "ClusterRoleBinding": Kind(_RBAC_GROUP, "v1", "clusterrolebindings", "ClusterRoleBinding", namespaced=False),
    "Role": Kind(_RBAC_GROUP, "v1", "roles", "Role"),
    "RoleBinding": Kind(_RBAC_GROUP, "v1", "rolebindings", "RoleBinding"),
    "Service": SERVICE,
    "Endpoints": ENDPOINTS,
    "EndpointSlice": Kind("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice"),
}


def install(client: Client) -> None:
    """Apply everything; waits until the API server serves AlbConfig. Raises ApiError, or TimeoutError after 20 s."""
    client.apply(CRD, crd.definition())
    for document in (DEFAULT_ACCOUNT, *stack_rights(), *controller_rights(), *tutorial()):
        client.apply(KINDS[document["kind"]], document)
    _await_albconfigs(client)


def stack_rights() -> list[dict[str, Any]]:
    """Service account and rights of the stack, from the documents' own file."""
    return [document for document in yaml.safe_load_all(RBAC_FILE.read_text(encoding="utf-8")) if document]


def controller_rights() -> list[dict[str, Any]]:
    """What the controller may do: read what it watches, write status, finalizers and events."""
    write = [*_EVERYTHING_READ, "update", "patch"]
    rules = [
        _rule("alibabacloud.com", ["albconfigs", "albconfigs/status"], write),
        _rule("networking.k8s.io", ["ingresses", "ingresses/status"], write),
        _rule("networking.k8s.io", ["ingressclasses"], _EVERYTHING_READ),
        _rule("", ["services", "endpoints", "secrets", "namespaces"], _EVERYTHING_READ),
        _rule("", ["events"], ["create", "patch"]),
    ]
    role = {"kind": "ClusterRole", "metadata": {"name": CONTROLLER_USER}, "rules": rules}
    reference = {"apiGroup": _RBAC_GROUP, "kind": "ClusterRole", "name": CONTROLLER_USER}
    subject = {"apiGroup": _RBAC_GROUP, "kind": "User", "name": CONTROLLER_USER}
    binding = {
        "kind": "ClusterRoleBinding",
        "metadata": {"name": CONTROLLER_USER},
        "roleRef": reference,
        "subjects": [subject],
    }
    return [role, binding]


def tutorial() -> Iterable[dict[str, Any]]:
    """Services with their Endpoints and EndpointSlices, in the namespace `default`."""
    for name, hosts in SERVICES.items():
        addresses = [pod_address(host) for host in hosts]
        meta = {"name": name, "namespace": "default", "labels": {"app": name}}
        port = {"name": "http", "port": 80, "protocol": "TCP", "targetPort": TARGET_PORT}
        yield {
            "kind": "Service",
            "metadata": meta,
            "spec": {"type": "ClusterIP", "ports": [port], "selector": {"app": name}},
        }
        yield _endpoints(meta, addresses)
        yield _slice(meta, name, addresses)


def pod_address(host: int) -> str:
    """Address of a pod: in 10/8, apart for stacks whose backends are in different networks (see `local.places`)."""
    _, second, third, _ = BACKEND_NETWORK.split(".")
    return f"10.{second}.{third}.{host}"


def _endpoints(meta: dict[str, Any], addresses: list[str]) -> dict[str, Any]:
    ports = [{"name": "http", "port": TARGET_PORT, "protocol": "TCP"}]
    subset = {"addresses": [{"ip": address} for address in addresses], "ports": ports}
    return {"kind": "Endpoints", "metadata": meta, "subsets": [subset]}


def _slice(meta: dict[str, Any], service: str, addresses: list[str]) -> dict[str, Any]:
    labels = {"kubernetes.io/service-name": service, "endpointslice.kubernetes.io/managed-by": "mtlsedge-local"}
    return {
        "kind": "EndpointSlice",
        "metadata": {**meta, "name": f"{service}-local", "labels": labels},
        "addressType": "IPv4",
        "endpoints": [{"addresses": [address], "conditions": {"ready": True}} for address in addresses],
        "ports": [{"name": "http", "port": TARGET_PORT, "protocol": "TCP"}],
    }


def _rule(group: str, resources: list[str], verbs: list[str]) -> dict[str, Any]:
    return {"apiGroups": [group], "resources": resources, "verbs": verbs}


def _await_albconfigs(client: Client) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            client.list(ALB_CONFIG)
            return
        except ApiError as error:
            if error.status not in NOT_YET or time.monotonic() > deadline:
                raise
        time.sleep(0.05)
