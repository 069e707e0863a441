"""The stack's outputs as typed facts: the only form in which the command knows a stack."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from exposure.requests import Requests
from mtlsedge.errors import CommandError
from mtlsedge.stack import Stack

CLIENTS = ("clients", "clientCertificates")
"""Outputs with every listener's clients, by name."""


@dataclass(frozen=True)
class Headers:
    """Names of the request headers that carry facts of the client certificate; empty: not sent."""

    subject: str = ""
    issuer: str = ""
    fingerprint: str = ""
    verification: str = ""

    def names(self) -> dict[str, str]:
        """Fact -> header name, for the headers that are sent."""
        return {fact: name for fact, name in vars(self).items() if name}


@dataclass(frozen=True)
class PromisedPath:
    """Requests that reach servers: those asked for, but for those of earlier rules; and the names of the servers' groups."""

    asked: Requests
    without: tuple[Requests, ...]
    server_groups: tuple[str, ...]


@dataclass(frozen=True)
class LoadBalancer:
    """The ALB instance and its listeners; without one, its id is empty or its port 0."""

    id: str
    dns_name: str
    listener_id: str
    port: int
    http_port: int
    region: str
    edition: str
    tls_policy: str
    mutual_authentication: bool
    headers: Headers
    default_server_group: str
    paths: tuple[PromisedPath, ...] = ()
    """What the HTTPS listener lets through; empty where an older program made the outputs."""


@dataclass(frozen=True)
class ClusterEntryPoint:
    """The listener that a cluster's controller keeps for the stack's Ingresses; its id is the controller's to know."""

    load_balancer: LoadBalancer
    hosts: tuple[str, ...]
    zone: str


@dataclass(frozen=True)
class ServerGroup:
    """A server group and the names of its servers."""

    id: str
    servers: tuple[str, ...]


@dataclass(frozen=True)
class Authority:
    """The CA the listener trusts (`certificate`) and the chain that issues client certificates."""

    certificate: str
    chain: str
    subject: str
    fingerprint: str
    not_after: str


@dataclass(frozen=True)
class ServerCertificate:
    """The listener's own certificate; `issuer` is the PEM that signs it, empty where unknown."""

    identifier: str
    fingerprint: str
    not_after: str
    names: tuple[str, ...]
    issuer: str


@dataclass(frozen=True)
class ClientCertificate:
    """The public facts of one client certificate."""

    subject: str
    serial: str
    fingerprint: str
    not_after: str


@dataclass(frozen=True)
class Bundle:
    """What one client is handed; `private_key` is empty where the client made its own."""

    certificate: str
    chain: str
    private_key: str = field(repr=False, default="")


@dataclass(frozen=True)
class StackOutputs:
    """Everything a stack says about itself. What it does not build is None or empty."""

    urls: tuple[str, ...]
    load_balancer: LoadBalancer | None
    server_groups: dict[str, ServerGroup]
    zone: str
    target: str
    ca_identifier: str
    authority: Authority | None
    server_certificate: ServerCertificate | None
    client_certificates: dict[str, ClientCertificate]
    clients: dict[str, Bundle]
    cluster: ClusterEntryPoint | None = None
    wildcards: tuple[str, ...] = ()
    """Names of wildcard records, such as *.apps.example.com."""
    stack: str = ""
    """Empty where an older program made the outputs."""
    production: bool = False
    weakenings: tuple[str, ...] = ()
    """Each long setting in force that makes the stack less safe, as `key path: what it does`."""
    additional: dict[str, "StackOutputs"] = field(default_factory=dict)
    """The stack as each additional listener sees it: that listener, its CA and its clients in the place of the first one's."""

    @property
    def hosts(self) -> tuple[str, ...]:
        """Host names of the stack's URLs, first one first, then one below each wildcard record."""
        return (*(urlsplit(url).hostname or "" for url in self.urls), *map(below_wildcard, self.wildcards))

    @property
    def of_first(self) -> "StackOutputs":
        """The stack as the first listener sees it: without the clients of others."""
        others = {name for one in self.additional.values() for name in one.client_certificates}
        return replace(
            self,
            clients={name: one for name, one in self.clients.items() if name not in others},
            client_certificates={name: one for name, one in self.client_certificates.items() if name not in others},
        )


def below_wildcard(name: str) -> str:
    """A made-up name that a wildcard stands for: x.apps.example.com for *.apps.example.com; other names unchanged."""
    return f"x{name[1:]}" if name.startswith("*.") else name


def load(file: Path | None, stack: Stack, *, show_secrets: bool) -> StackOutputs:
    """Outputs from a JSON file where one is given, else from the stack."""
    return parse(document(file, stack, show_secrets=show_secrets))


def document(file: Path | None, stack: Stack, *, show_secrets: bool) -> dict[str, Any]:
    """The outputs' JSON, from a file where one is given, else from the stack."""
    return _read(file) if file else stack.outputs(show_secrets=show_secrets)


def of_listener(document: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The outputs' JSON with an additional listener, its CA and its clients in the place of the first one's."""
    listeners = beside(document)
    if name not in listeners:
        known = ", ".join(sorted(listeners)) or "none"
        raise CommandError(f"--listener: found {name!r}; beside the first the stack has {known}")
    one = listeners[name]
    every = {key: document[key] for key in CLIENTS if isinstance(document.get(key), dict)}
    own = {
        **document,
        **{key: one.get(key) for key in ("urls", "caIdentifier", "authority", "rotation")},
        **{key: {name: entries[name] for name in one["clients"]} for key, entries in every.items()},
        "listeners": {},
    }
    if is_in_cluster(document, name):
        seen = {**document["kubernetes"], **one, "httpPort": 0, "listeners": {}}
        return {**own, "kubernetes": seen, "loadBalancer": None, "serverGroups": {}, "domain": None}
    balancer = {**(document.get("loadBalancer") or {}), **one, "httpListenerId": "", "httpPort": 0}
    return {**own, "loadBalancer": balancer, "kubernetes": None}


def beside(document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What the outputs' JSON has of each additional listener, the load balancer's and the AlbConfig's, by names given once."""
    return {**(document.get("listeners") or {}), **((document.get("kubernetes") or {}).get("listeners") or {})}


def is_in_cluster(document: Mapping[str, Any], name: str) -> bool:
    """Whether an additional listener is the AlbConfig's."""
    return name in ((document.get("kubernetes") or {}).get("listeners") or {})


def parse(document: Mapping[str, Any]) -> StackOutputs:
    """Typed facts from the outputs' JSON; missing keys are named in one line."""
    if not document:
        raise CommandError("the stack has no outputs; run `pulumi up` first")
    try:
        additional = {name: _parse(of_listener(document, name)) for name in beside(document)}
        return replace(_parse(document), additional=additional)
    except KeyError as missing:
        raise CommandError(f"the stack outputs are incomplete: {missing.args[0]} is missing; run `pulumi up`") from None
    except (TypeError, AttributeError, ValueError):
        raise CommandError("the stack outputs have another shape than this command's version expects") from None


def _parse(document: Mapping[str, Any]) -> StackOutputs:
    domain = document.get("domain") or {}
    clients = document.get("clients")
    environment = document.get("environment") or {}
    return StackOutputs(
        urls=tuple(document.get("urls") or ()),
        load_balancer=_load_balancer(document.get("loadBalancer")),
        server_groups={
            name: ServerGroup(group["id"], tuple(group.get("servers") or ()))
            for name, group in (document.get("serverGroups") or {}).items()
        },
        wildcards=tuple(f"{name}.{domain['zone']}" for name in domain.get("names") or () if name.startswith("*")),
        zone=domain.get("zone", ""),
        target=domain.get("target", ""),
        ca_identifier=document.get("caIdentifier") or "",
        authority=_authority(document.get("authority")),
        server_certificate=_server_certificate(document.get("serverCertificate")),
        client_certificates={
            name: ClientCertificate(entry["subject"], entry["serial"], entry["fingerprint"], entry["notAfter"])
            for name, entry in (document.get("clientCertificates") or {}).items()
        },
        clients={name: _bundle(entry) for name, entry in clients.items()} if isinstance(clients, dict) else {},
        cluster=_cluster(document.get("kubernetes"), document.get("region") or ""),
        stack=environment.get("stack", ""),
        production=bool(environment.get("production", False)),
        weakenings=tuple(map(str, document.get("weakenings") or ())),
    )


def _load_balancer(entry: Mapping[str, Any] | None) -> LoadBalancer | None:
    if not entry:
        return None
    return LoadBalancer(
        id=entry["id"],
        dns_name=entry["dnsName"],
        listener_id=entry.get("listenerId") or "",
        port=int(entry.get("port") or 0),
        http_port=int(entry.get("httpPort") or 0) if entry.get("httpListenerId") else 0,
        region=entry.get("region", ""),
        edition=entry.get("edition", ""),
        tls_policy=entry.get("tlsPolicy", ""),
        mutual_authentication=bool(entry.get("mutualAuthentication", True)),
        headers=Headers(**{fact: name or "" for fact, name in (entry.get("headers") or {}).items()}),
        default_server_group=entry.get("defaultServerGroup", ""),
        paths=tuple(map(_path, entry.get("paths") or ())),
    )


def _path(entry: Mapping[str, Any]) -> PromisedPath:
    return PromisedPath(_requests(entry), tuple(map(_requests, entry["without"])), tuple(entry["serverGroups"]))


def _requests(entry: Mapping[str, Any]) -> Requests:
    return Requests(tuple(entry["hosts"]), tuple(entry["paths"]), frozenset(entry["otherConditions"]))


def _cluster(entry: Mapping[str, Any] | None, region: str) -> ClusterEntryPoint | None:
    if not entry:
        return None
    redirects = entry.get("httpPort")  # the ids of its listeners are the controller's to know
    found = _load_balancer({**entry, "id": entry["loadBalancerId"], "region": region, "httpListenerId": redirects})
    return ClusterEntryPoint(found, tuple(entry["hosts"]), entry.get("zone") or "") if found else None


def _authority(entry: Mapping[str, Any] | None) -> Authority | None:
    if not entry or not entry.get("certificate"):
        return None
    return Authority(
        certificate=entry["certificate"],
        chain=entry.get("chain") or "",
        subject=entry.get("subject", ""),
        fingerprint=entry.get("fingerprint", ""),
        not_after=entry.get("notAfter", ""),
    )


def _server_certificate(entry: Mapping[str, Any] | None) -> ServerCertificate | None:
    if not entry:
        return None
    return ServerCertificate(
        identifier=entry["identifier"],
        fingerprint=entry.get("fingerprint") or "",
        not_after=entry.get("notAfter") or "",
        names=tuple(entry.get("names") or ()),
        issuer=entry.get("issuer") or "",
    )


def _bundle(entry: Mapping[str, Any]) -> Bundle:
    return Bundle(entry["certificate"], entry.get("chain") or "", entry.get("privateKey") or "")


def _read(file: Path) -> dict[str, Any]:
    try:
        return json.loads(file.read_text())
    except OSError as problem:
        raise CommandError(f"cannot read {file}: {problem.strerror}") from None
    except ValueError:
        raise CommandError(f"{file} is not JSON; write it with `pulumi stack output --json`") from None
