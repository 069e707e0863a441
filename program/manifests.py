"""AlbConfig, IngressClass and Ingress as plain documents, out of the settings.

Nothing here looks inside an identifier: in the component they are outputs, in `mtlsedge render` texts, and both give
the same documents. Field names: alibaba-cloud.md §4.2, §4.3, §4.6.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from mtlsedge_components.kubernetes.rule_order import reachable
from program.annotations import annotations
from settings.ingress import Backend, Ingress
from settings.kubernetes import CreatedAlbConfig, Kubernetes
from settings.model import ClientCertificateHeaders, Listener

Document = dict[str, Any]
CONTROLLER = "ingress.k8s.alibabacloud/alb"
DESCRIPTION_LIMIT = 256
NAME_LIMIT = 128


@dataclass(frozen=True)
class Identifiers:
    """What the cloud calls things: texts, or outputs that become texts."""

    ca: Any
    certificate: Any
    additional: Mapping[str, Any]
    """Name in the stack file -> identifier of a certificate chosen by SNI."""
    zones: Mapping[str, Any]
    """Zone id -> vSwitch id, for an ALB in the stack's own network."""
    beside: Mapping[str, Any] = field(default_factory=dict)
    """Name of a listener beside the first -> identifier of its CA."""


def manifests(kubernetes: Kubernetes, identifiers: Identifiers, owner: str) -> list[Document]:
    """Every document, in the order they are applied. An adopted AlbConfig is not among them: it is not ours to state."""
    documents = []
    if isinstance(kubernetes.alb_config, CreatedAlbConfig):
        documents.append(alb_config(kubernetes, identifiers, owner))
    if kubernetes.creates_ingress_class:
        documents.append(ingress_class(kubernetes))
    return [*documents, *(ingress(kubernetes, one) for _, one in sorted(kubernetes.ingresses.items()))]


def alb_config(kubernetes: Kubernetes, identifiers: Identifiers, owner: str) -> Document:
    """The AlbConfig of a stack that owns it; `owner` is the mark of `listeners`."""
    if not isinstance(kubernetes.alb_config, CreatedAlbConfig):
        raise TypeError("an adopted AlbConfig has no document of this stack")
    name = f"k8s-{owner}-{kubernetes.alb_config.name}"[:NAME_LIMIT]
    config: Document = {} if kubernetes.alb_config.config.get("id") else {"name": name}
    if kubernetes.alb_config.needs_zones:
        config["zoneMappings"] = [
            {"vSwitchId": vswitch, "zoneId": zone} for zone, vswitch in sorted(identifiers.zones.items())
        ]
    return {
        "apiVersion": "alibabacloud.com/v1",
        "kind": "AlbConfig",
        "metadata": {"name": kubernetes.alb_config.name},
        "spec": {
            "config": config | dict(kubernetes.alb_config.config),
            "listeners": listeners(kubernetes, identifiers, owner),
        },
    }


def listeners(kubernetes: Kubernetes, identifiers: Identifiers, owner: str) -> list[Document]:
    """Our listeners: HTTPS with mutual authentication, the HTTP one that redirects to it, and those with other CAs."""
    settings = kubernetes.listener
    found = [_https(kubernetes, identifiers, owner)]
    if settings.redirect_http:
        found.append({"port": settings.http_port, "protocol": "HTTP", **_common(settings, settings.http_port, owner)})
    for name in sorted(kubernetes.additional_listeners):
        own = replace(identifiers, ca=identifiers.beside[name])
        found.append(_https(kubernetes.seen_at(name), own, f"{owner}/{name}"))
    return found


def owner(project: str, stack: str) -> str:
    """The stack, as far as a listener's description can hold its name."""
    return re.sub(r"[^A-Za-z0-9._-]", "-", f"{project}-{stack}")


def mark(port: int, owner: str) -> str:
    """What says in a listener's description that it is this stack's.

    It begins as the controller's own: on a reused ALB the controller manages only listeners described so [§4.5].
    Of a listener beside the first the owner ends with its name, which previews read (`exposure.alb_config.beside`).
    """
    return f"ingress-auto-listener-{port}-{owner}"[:DESCRIPTION_LIMIT].rstrip("-_.")


def _https(kubernetes: Kubernetes, identifiers: Identifiers, owner: str) -> Document:
    """Switched off, client verification keeps its CA: `caEnabled: false`, and the list stays [§4.4]."""
    settings = kubernetes.listener
    others = [{"CertificateId": one, "IsDefault": False} for _, one in sorted(identifiers.additional.items())]
    fields = dict(kubernetes.listener_fields)
    headers = _headers(settings.forward_client_certificate) | dict(_mapping(fields.pop("xForwardedForConfig", None)))
    return {
        "port": settings.port,
        "protocol": "HTTPS",
        **_common(settings, settings.port, owner),
        "certificates": [{"CertificateId": identifiers.certificate, "IsDefault": True}, *others],
        "caEnabled": not settings.client_verification_off_for_migration,
        "caCertificates": [{"CertificateId": identifiers.ca}],
        "securityPolicyId": settings.tls_policy,
        **({"xForwardedForConfig": headers} if headers else {}),
        **fields,
    }


def _common(settings: Listener, port: int, owner: str) -> Document:
    return {
        "description": mark(port, owner),
        "idleTimeout": settings.idle_timeout,
        "requestTimeout": settings.request_timeout,
        **(
            {"aclConfig": {"aclType": "White", "aclEntries": sorted(settings.allow_from)}}
            if settings.allow_from
            else {}
        ),
    }


def _headers(headers: ClientCertificateHeaders) -> Document:
    """Only what is switched on: the controller's default is off for each."""
    named = {
        "SubjectDN": headers.subject,
        "IssuerDN": headers.issuer,
        "Fingerprint": headers.fingerprint,
        "ClientVerify": headers.verification,
    }
    prefix = "XForwardedForClientCert"
    return {
        key: value
        for fact, name in named.items()
        if name
        for key, value in ((f"{prefix}{fact}Enabled", True), (f"{prefix}{fact}Alias", name))
    }


def ingress_class(kubernetes: Kubernetes) -> Document:
    """Binds Ingresses of the class to the AlbConfig."""
    parameters = {
        "apiGroup": "alibabacloud.com",
        "kind": "AlbConfig",
        "name": kubernetes.alb_config.name,
        "scope": "Cluster",
    }
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "IngressClass",
        "metadata": {"name": kubernetes.ingress_class},
        "spec": {"controller": CONTROLLER, "parameters": parameters},
    }


def ingress(kubernetes: Kubernetes, settings: Ingress) -> Document:
    """One Ingress. Its TLS entry has no Secret unless one is named: the listener's certificates are the AlbConfig's.

    The controller tries paths as they are written, and a stack file's mapping has no order.
    """
    tls: Document = {"hosts": list(settings.hosts)}
    if settings.tls_secret:
        tls["secretName"] = settings.tls_secret
    paths = reachable([_path(backend) for backend in settings.backends])
    orders = [one.order for one in kubernetes.ingresses.values()]
    listener = kubernetes.seen_at(settings.listener).listener
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {
            "name": settings.name,
            "namespace": settings.namespace,
            "annotations": annotations(settings, listener, has_own_order=orders.count(settings.order) == 1),
        },
        "spec": {
            "ingressClassName": kubernetes.ingress_class,
            "tls": [tls],
            "rules": [{"host": host, "http": {"paths": paths}} for host in settings.hosts],
        },
    }


def _path(backend: Backend) -> Document:
    port = {"number": int(backend.port)} if backend.port.isdigit() else {"name": backend.port}
    return {
        "path": backend.path,
        "pathType": backend.path_type,
        "backend": {"service": {"name": backend.service, "port": port}},
    }


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
