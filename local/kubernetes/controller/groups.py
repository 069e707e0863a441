"""Server groups, from the Services and Endpoints behind the Ingresses. Pure.

The managed controller attaches pods by their network interfaces (Terway) or nodes (NodePort); here there are no nodes,
so pods are attached by address, as servers of type Ip.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.kubernetes.controller import names
from local.kubernetes.controller.albconfig import BuildError
from local.kubernetes.controller.annotations import Annotations

Json = dict[str, Any]
WEIGHT = 100


REDIRECTED_FROM = 80
"""The one port of plain HTTP that `ssl-redirect` takes requests from."""


@dataclass(frozen=True, eq=False)
class Group:
    """The group of one Service port behind one Ingress, whose annotations say how it works."""

    namespace: str
    service: str
    port: str
    ingress: Json

    @property
    def name(self) -> str:
        """Its name in the cloud."""
        return names.physical(self.namespace, self.ingress["metadata"]["name"], self.service, self.port, longest=90)

    @property
    def parameters(self) -> Json:
        """Parameters of CreateServerGroup. Raises BuildError."""
        notes = Annotations.of(self.ingress)
        parameters = notes.group()
        if parameters["Protocol"] == "GRPC":
            self._check_tls(notes)
        return parameters

    def _check_tls(self, notes: Annotations) -> None:
        """What gRPC needs of the listeners that an Ingress names (model_build_server_group.go)."""
        if not (self.ingress.get("spec") or {}).get("tls"):
            raise BuildError("'grpc' backend protocol must be use with TLS listener(Ingress.Spec.TLS)")
        for port, protocol in notes.listen_ports() or ():
            is_redirected = notes.flag("ssl-redirect") and port == REDIRECTED_FROM
            if protocol == "HTTP" and not is_redirected:
                raise BuildError("'grpc' backend protocol must be use TLS listener only or redirect to")
            if protocol not in ("HTTP", "HTTPS"):
                raise BuildError(f"listen protocol must be within [HTTP, HTTPS]: {protocol}")

    def servers(
        self, services: Mapping[str, Json], endpoints: Mapping[str, Json], *, ports_by_name: bool = False
    ) -> set[tuple[str, int]]:
        """Address and port of every ready pod, none where there is no such Service; both maps are by `namespace/name`. Raises BuildError."""
        key = f"{self.namespace}/{self.service}"
        service = services.get(key)
        if service is None:
            return set()
        if not (self.port.isdecimal() or ports_by_name):
            raise BuildError("backend not found: unable to find port 0 on service " + key)
        name = _port_name(service, self.port, key)
        subsets = (endpoints.get(key) or {}).get("subsets") or []
        return {
            (str(address["ip"]), int(port["port"]))
            for subset in subsets
            for port in subset.get("ports") or []
            if (port.get("name") or "") == name
            for address in subset.get("addresses") or []
        }


def group_of(ingress: Json, backend: Json) -> Group:
    """The group behind an Ingress's backend. Raises BuildError for a backend that is no Service."""
    service = backend.get("service")
    if not service:
        raise BuildError("an Ingress backend that is no Service is not supported")
    port = service.get("port") or {}
    return Group(
        ingress["metadata"]["namespace"], str(service["name"]), str(port.get("number") or port.get("name")), ingress
    )


def _port_name(service: Json, port: str, key: str) -> str:
    """Name of the Service's port that a number or name means; Endpoints go by it."""
    for entry in (service.get("spec") or {}).get("ports") or []:
        if port in (str(entry.get("port")), entry.get("name")):
            return str(entry.get("name") or "")
    raise BuildError(f"backend not found: unable to find port {port} on service {key}")
