"""What a stack tells its operator: the exports of the program, in the operator's spelling (camelCase)."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import pulumi

from mtlsedge_components.kubernetes.alb_ingress import AlbIngress
from mtlsedge_components.load_balancer import LoadBalancer
from mtlsedge_components.server_certificate import ServerCertificate
from mtlsedge_components.server_groups import ServerGroups
from mtlsedge_components.x509.requests import dropped_wishes
from program.authorities.authority import BuiltClient
from program.topology import Beside, Topology
from settings import full_names
from settings.cross_kubernetes import ingress_hosts
from settings.kubernetes import Kubernetes
from settings.model import (
    Listener,
    ManagedServerGroup,
    ServerGroup,
    Settings,
)
from settings.paths import Paths, of_ingresses

HTTPS_PORT = 443


def stack_outputs(settings: Settings, topology: Topology) -> dict[str, Any]:
    """Every export by name. What the stack does not build has no export, except that maps may be empty.

    `clients` is the one secret: certificate, chain and key of each client, to be made into bundles.
    """
    clients = {
        **topology.clients,
        **{name: one for beside in topology.additional.values() for name, one in beside.clients.items()},
    }
    outputs = {
        "environment": {"stack": settings.stack, "production": settings.production},
        "region": settings.region,
        "certificateSite": settings.certificate_site,
        "caIdentifier": topology.ca.identifier,
        "clientCertificates": {name: _leaf(client) for name, client in clients.items()},
        "clients": pulumi.Output.secret({name: _bundle(client) for name, client in clients.items()}),
        "weakenings": list(settings.weakenings),
        "notes": notes(settings),
        "denied": denied(settings),
    }
    outputs |= topology.authority.outputs()
    if topology.server_certificate:
        outputs["serverCertificate"] = _server_certificate(topology.server_certificate)
    if topology.server_groups:
        outputs["serverGroups"] = _server_groups(settings.server_groups, topology.server_groups)
    if topology.load_balancer:
        outputs |= _entry_point(settings, topology.load_balancer)
    if topology.load_balancer and settings.additional_listeners:
        outputs["listeners"] = _additional(topology.additional, topology.load_balancer)
    if settings.kubernetes and topology.alb_ingress:
        outputs["kubernetes"] = _kubernetes(settings.kubernetes, topology, topology.alb_ingress)
    return outputs


def _kubernetes(kubernetes: Kubernetes, topology: Topology, entry: AlbIngress) -> dict[str, Any]:
    """The second entry point, and the identifiers that `mtlsedge render kubernetes` writes into its manifests."""
    certificates = {name: one.identifier for name, one in topology.additional_certificates.items()}
    beside = {
        name: {**_in_cluster(one.settings.kubernetes), **_of_its_own(one)}
        for name, one in topology.additional.items()
        if one.settings.kubernetes
    }
    return {
        "albConfig": kubernetes.alb_config.name,
        "ingressClass": kubernetes.ingress_class,
        "loadBalancerId": entry.load_balancer_id,
        "dnsName": entry.dns_name,
        "zone": kubernetes.domain.zone if kubernetes.domain else "",
        **_in_cluster(kubernetes.seen_at("")),
        "httpPort": kubernetes.listener.http_port if kubernetes.listener.redirect_http else 0,
        **({"listeners": beside} if beside else {}),
        "foreignListeners": entry.foreign if entry.foreign is not None else [],
        "additionalCertificates": certificates,
        "zones": topology.network.zones if topology.network else {},
    }


def _in_cluster(seen: Kubernetes) -> dict[str, Any]:
    """What an HTTPS listener of the AlbConfig does, and for which Ingresses."""
    return {
        "hosts": list(ingress_hosts(seen)),
        "port": seen.listener.port,
        "tlsPolicy": seen.listener.tls_policy,
        "mutualAuthentication": not seen.listener.client_verification_off_for_migration,
        "headers": _headers(seen.listener),
        "paths": of_ingresses(seen),
    }


def _of_its_own(one: Beside) -> dict[str, Any]:
    """The CA of a listener beside the first, and the names of its clients."""
    return {"caIdentifier": one.ca.identifier, "clients": sorted(one.clients), **one.authority.outputs()}


def _entry_point(settings: Settings, balancer: LoadBalancer) -> dict[str, Any]:
    """The load balancer and the addresses people type; the first URL is the one to show."""
    outputs: dict[str, Any] = {"loadBalancer": _load_balancer(settings, balancer)}
    if settings.domain:
        outputs["domain"] = {
            "zone": settings.domain.zone,
            "names": list(settings.domain.names),
            "ttl": settings.domain.ttl,
            "target": balancer.dns_name,
        }
    if settings.listener and (urls := _urls(settings, settings.listener, balancer)):
        outputs |= {"url": urls[0], "urls": urls}
    return outputs


def _additional(additional: Mapping[str, Beside], balancer: LoadBalancer) -> dict[str, Any]:
    """What each additional listener has for itself, in the words of the first one's outputs; its clients by name."""
    return {
        name: {
            **_listener(one.settings, one.settings.listener, balancer.additional_listener_ids[name]),
            "urls": _urls(one.settings, one.settings.listener, balancer),
            **_of_its_own(one),
        }
        for name, one in additional.items()
        if one.settings.listener
    }


def _urls(settings: Settings, listener: Listener, balancer: LoadBalancer) -> list[pulumi.Input[str]]:
    """One a host name; a wildcard is no address to type. Without names, the load balancer's own."""
    port = "" if listener.port == HTTPS_PORT else f":{listener.port}"
    if settings.domain:
        return [f"https://{host}{port}/" for host in full_names(settings.domain) if not host.startswith("*.")]
    return [pulumi.Output.concat("https://", balancer.dns_name, port, "/")] if balancer.dns_name else []


def _load_balancer(settings: Settings, balancer: LoadBalancer) -> dict[str, Any]:
    described: dict[str, Any] = {"id": balancer.id, "dnsName": balancer.dns_name or "", "region": settings.region}
    if settings.load_balancer:
        described["edition"] = settings.load_balancer.edition
    if settings.listener and balancer.https_listener_id is not None:
        described |= _listener(settings, settings.listener, balancer.https_listener_id)
        described |= {
            "httpListenerId": "" if balancer.http_listener_id is None else balancer.http_listener_id,
            "httpPort": 0 if balancer.http_listener_id is None else settings.listener.http_port,
        }
    return described


def _listener(settings: Settings, listener: Listener, listener_id: pulumi.Output[str]) -> dict[str, Any]:
    return {
        "listenerId": listener_id,
        "port": listener.port,
        "tlsPolicy": listener.tls_policy,
        "mutualAuthentication": not listener.client_verification_off_for_migration,
        "defaultServerGroup": listener.default,
        "headers": _headers(listener),
        "paths": Paths(listener, settings.server_groups).promised(),
    }


def _headers(listener: Listener) -> dict[str, str]:
    """Fact -> header name, empty where none is sent."""
    return asdict(listener.forward_client_certificate)


def _server_groups(settings: dict[str, ServerGroup], groups: ServerGroups) -> dict[str, Any]:
    return {
        name: {
            "id": groups.ids[name],
            "servers": sorted(group.servers) if isinstance(group, ManagedServerGroup) else [],
        }
        for name, group in sorted(settings.items())
    }


def _server_certificate(certificate: ServerCertificate) -> dict[str, Any]:
    return {
        "identifier": certificate.identifier,
        "notAfter": certificate.not_after,
        "fingerprint": certificate.fingerprint,
        "names": certificate.names,
        "issuer": certificate.issuer_pem,
    }


def _leaf(client: BuiltClient) -> dict[str, Any]:
    leaf = client.certificate
    return {
        "fingerprint": leaf["fingerprint"],
        "serial": leaf["serial"],
        "notAfter": leaf["not_after"],
        "subject": client.subject,
    }


def _bundle(client: BuiltClient) -> dict[str, Any]:
    return {
        "certificate": client.certificate["certificate_pem"],
        "chain": client.chain_pem,
        "privateKey": client.private_key_pem,
    }


def notes(settings: Settings) -> list[str]:
    """What requests asked for and did not get, a line each, so that nobody finds out in a handshake."""
    every = {
        **settings.clients,
        **{name: client for one in settings.beside.values() for name, client in one.clients.items()},
    }
    return [
        f"clients.{name}: its request also asks for {wish}: dropped"
        for name, client in sorted(every.items())
        if client.csr_pem
        for wish in dropped_wishes(client.csr_pem, client.subject, client.names)
    ]


def denied(settings: Settings) -> dict[str, Any]:
    """The deny list: entries by name, and the two lists a server compares with; see docs/guides/deny-list.md."""
    entries = settings.denied.values()
    return {
        "fingerprints": sorted(entry.fingerprint for entry in entries),
        "serials": sorted(entry.serial for entry in entries if entry.serial),
        "clients": {
            entry.name: {"fingerprint": entry.fingerprint, "serial": entry.serial, "reason": entry.reason}
            for entry in entries
        },
    }
