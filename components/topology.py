"""Puts the components together: read `build` for what a stack consists of, and in which order."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.ca_repository import CaRepository
from components.certificate_authority import CertificateAuthority, Issuer
from components.client_certificate import ClientCertificate
from components.dns import DnsRecords
from components.dynamic.clock import now
from components.external_authority import BroughtClient, ExternalAuthority
from components.identity import Identity
from components.kubernetes.alb_ingress import AlbIngress
from components.load_balancer import LoadBalancer
from components.network import Network
from components.preconditions import hosts_of_default, require_buildable
from components.private_ca import PcaClientCertificate, PrivateCaAuthority
from components.server_certificate import ServerCertificate
from components.server_groups import ServerGroups
from components.settings.model import ExternalAuthority as ExternalSettings
from components.settings.model import IdentifierAuthority, SelfManagedAuthority, Settings
from components.settings.model import PrivateCaAuthority as PrivateCaSettings
from components.x509.rotation import leaf_generations

Authority = CertificateAuthority | ExternalAuthority | PrivateCaAuthority | IdentifierAuthority
AnyClient = ClientCertificate | BroughtClient | PcaClientCertificate


@dataclass(frozen=True)
class Topology:
    """The components of one stack; what the stack file does not name is None or empty."""

    authority: Authority
    clients: Mapping[str, AnyClient]
    ca: CaRepository
    server_certificate: ServerCertificate | None
    additional_certificates: dict[str, ServerCertificate]
    network: Network | None
    server_groups: ServerGroups | None
    load_balancer: LoadBalancer | None
    dns: DnsRecords | None
    alb_ingress: AlbIngress | None = None


def build(settings: Settings) -> Topology:
    """Declares everything the settings ask for. Raises `pulumi.RunError` before any of it if something cannot be."""
    require_buildable(settings, now(), look_at_keys=not pulumi.runtime.is_dry_run())
    identity = Identity(settings)
    authority = _authority(settings, identity)
    issuer = authority.issuer if isinstance(authority, CertificateAuthority) else None
    ca = _ca(settings, identity, authority)
    certificate = _server_certificate(settings, identity, issuer)
    additional = _additional_certificates(settings, identity, issuer)
    network = _network(settings, identity)
    groups = _server_groups(settings, identity, network)
    balancer = _load_balancer(settings, identity, ca, certificate, additional, network, groups)
    return Topology(
        authority=authority,
        clients=_clients(settings, authority),
        ca=ca,
        server_certificate=certificate,
        additional_certificates=additional,
        network=network,
        server_groups=groups,
        load_balancer=balancer,
        dns=_dns(settings, identity, balancer),
        alb_ingress=_alb_ingress(settings, identity, ca, certificate, additional, network, balancer),
    )


def _authority(settings: Settings, identity: Identity) -> Authority:
    match settings.authority:
        case IdentifierAuthority() as identifier:
            return identifier
        case ExternalSettings() as external:
            return ExternalAuthority.of(external)
        case PrivateCaSettings() as private:
            return PrivateCaAuthority(
                "authority", {"authority": private, "site": settings.certificate_site, "identity": identity}
            )
    return CertificateAuthority(
        "authority", {"authority": settings.authority, "clients": settings.clients, "identity": identity}
    )


def _clients(settings: Settings, authority: Authority) -> Mapping[str, AnyClient]:
    if isinstance(authority, ExternalAuthority):
        return {name: BroughtClient.of(client, authority.trusted) for name, client in sorted(settings.clients.items())}
    if isinstance(authority, PrivateCaAuthority) and isinstance(settings.authority, PrivateCaSettings):
        return _private_ca_clients(settings, settings.authority, authority)
    if not isinstance(authority, CertificateAuthority) or not isinstance(settings.authority, SelfManagedAuthority):
        return {}
    issuers, issuing = authority.issuers, settings.authority.issuing
    return {
        name: ClientCertificate(
            f"client-{name}",
            {
                "client": client,
                "issuers": {key: issuers[key] for key in leaf_generations(tuple(issuers), issuing, client.delivered)},
                "issuing": issuing,
            },
        )
        for name, client in sorted(settings.clients.items())
    }


def _private_ca_clients(
    settings: Settings, wanted: PrivateCaSettings, authority: PrivateCaAuthority
) -> dict[str, AnyClient]:
    site = settings.certificate_site
    return {
        name: PcaClientCertificate(
            f"client-{name}", {"client": client, "authority": authority, "defaults": wanted.subject, "site": site}
        )
        for name, client in sorted(settings.clients.items())
    }


def _ca(settings: Settings, identity: Identity, authority: Authority) -> CaRepository:
    return CaRepository(
        "ca",
        {
            "trusted": authority if isinstance(authority, IdentifierAuthority) else authority.trusted,
            "allow_version_1_root": isinstance(authority, ExternalAuthority) and authority.allow_version_1_root,
            "repository": settings.ca_repository,
            "site": settings.certificate_site,
            "identity": identity,
        },
    )


def _server_certificate(settings: Settings, identity: Identity, issuer: Issuer | None) -> ServerCertificate | None:
    if settings.server_certificate is None:
        return None
    return ServerCertificate(
        "server-certificate",
        {
            "certificate": settings.server_certificate,
            "role": ("server-certificate",),
            "hosts": hosts_of_default(settings),
            "site": settings.certificate_site,
            "issuer": issuer,
            "identity": identity,
        },
    )


def _additional_certificates(
    settings: Settings, identity: Identity, issuer: Issuer | None
) -> dict[str, ServerCertificate]:
    return {
        name: ServerCertificate(
            f"server-certificate-{name}",
            {
                "certificate": certificate,
                "role": ("server-certificate", name),
                "hosts": [],
                "site": settings.certificate_site,
                "issuer": issuer,
                "identity": identity,
            },
        )
        for name, certificate in sorted(settings.additional_server_certificates.items())
    }


def _network(settings: Settings, identity: Identity) -> Network | None:
    return Network("network", {"network": settings.network, "identity": identity}) if settings.network else None


def _server_groups(settings: Settings, identity: Identity, network: Network | None) -> ServerGroups | None:
    if not settings.server_groups:
        return None
    return ServerGroups(
        "server-groups",
        {
            "groups": settings.server_groups,
            "vpc_id": network.vpc_id if network else None,
            "instances": network.instances if network else {},
            "identity": identity,
        },
    )


def _load_balancer(
    settings: Settings,
    identity: Identity,
    ca: CaRepository,
    certificate: ServerCertificate | None,
    additional: dict[str, ServerCertificate],
    network: Network | None,
    groups: ServerGroups | None,
) -> LoadBalancer | None:
    if settings.load_balancer is None:
        return None
    return LoadBalancer(
        "load-balancer",
        {
            "load_balancer": settings.load_balancer,
            "listener": settings.listener,
            "vpc_id": network.vpc_id if network else None,
            "zones": network.zones if network else {},
            "server_groups": groups.ids if groups else {},
            "ca_identifier": ca.identifier,
            "certificate_identifier": certificate.identifier if certificate else "",  # a listener has one, see settings
            "additional_certificates": {name: extra.identifier for name, extra in additional.items()},
            "identity": identity,
        },
    )


def _dns(settings: Settings, identity: Identity, balancer: LoadBalancer | None) -> DnsRecords | None:
    if settings.domain is None or balancer is None or balancer.dns_name is None:
        return None
    return DnsRecords("dns", {"domain": settings.domain, "target": balancer.dns_name, "identity": identity})


def _alb_ingress(
    settings: Settings,
    identity: Identity,
    ca: CaRepository,
    certificate: ServerCertificate | None,
    additional: dict[str, ServerCertificate],
    network: Network | None,
    balancer: LoadBalancer | None,
) -> AlbIngress | None:
    """The second front: same CA, same server certificates."""
    if settings.kubernetes is None:
        return None
    return AlbIngress(
        "kubernetes",
        {
            "kubernetes": settings.kubernetes,
            "ca_identifier": ca.identifier,
            "certificate_identifier": certificate.identifier
            if certificate
            else "",  # the cluster has one, see settings
            "additional_certificates": {name: extra.identifier for name, extra in additional.items()},
            "zones": network.zones if network else {},
            "load_balancer_id": balancer.id if balancer else "",
            "identity": identity,
        },
    )
