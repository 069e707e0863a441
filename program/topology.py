"""Puts the components together: read `build` for what a stack consists of, and in which order."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.ca_repository import CaRepository
from components.certificate_authority import CertificateAuthority
from components.certificates import Issuer
from components.client_certificate import ClientCertificate
from components.dns import DnsRecords
from components.dynamic.clock import now
from components.dynamic.resource import PluginProvider
from components.identity import IdentityArgs
from components.kubernetes.alb_ingress import AlbIngress
from components.load_balancer import LoadBalancer
from components.network import Network
from components.private_ca import PcaClientCertificate, PrivateCaAuthority
from components.server_certificate import ServerCertificate
from components.server_groups import ServerGroups
from program import arguments
from program.external_authority import BroughtClient, ExternalAuthority
from program.manifests import Identifiers
from program.preconditions import hosts_of_default, require_buildable
from settings.cross_kubernetes import ports
from settings.model import ExternalAuthority as ExternalSettings
from settings.model import IdentifierAuthority, SelfManagedAuthority, Settings
from settings.model import PrivateCaAuthority as PrivateCaSettings

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


@dataclass(frozen=True)
class Common:
    """What every component is given."""

    identity: IdentityArgs
    opts: pulumi.ResourceOptions


def build(settings: Settings) -> Topology:
    """Declares everything the settings ask for. Raises `pulumi.RunError` before any of it if something cannot be."""
    require_buildable(settings, now(), look_at_keys=not pulumi.runtime.is_dry_run())
    common = Common(arguments.identity(settings), pulumi.ResourceOptions(providers=[PluginProvider()]))
    authority = _authority(settings, common)
    issuer = authority.issuer if isinstance(authority, CertificateAuthority) else None
    ca = _ca(settings, common, authority)
    certificate = _server_certificate(settings, common, issuer)
    additional = _additional_certificates(settings, common, issuer)
    network = _network(settings, common)
    groups = _server_groups(settings, common, network)
    identifiers = _identifiers(ca, certificate, additional, network)
    balancer = _load_balancer(settings, common, identifiers, network, groups)
    return Topology(
        authority=authority,
        clients=_clients(settings, common, authority),
        ca=ca,
        server_certificate=certificate,
        additional_certificates=additional,
        network=network,
        server_groups=groups,
        load_balancer=balancer,
        dns=_dns(settings, common, balancer),
        alb_ingress=_alb_ingress(settings, common, identifiers, balancer),
    )


def _authority(settings: Settings, common: Common) -> Authority:
    match settings.authority:
        case IdentifierAuthority() as identifier:
            return identifier
        case ExternalSettings() as external:
            return ExternalAuthority.of(external)
        case PrivateCaSettings() as private:
            args = arguments.private_ca(private)
            return PrivateCaAuthority(
                "authority", {**args, "site": settings.certificate_site, "identity": common.identity}, common.opts
            )
    wanted = arguments.authority(settings.authority, settings.clients)
    return CertificateAuthority("authority", {**wanted, "identity": common.identity}, common.opts)


def _clients(settings: Settings, common: Common, authority: Authority) -> Mapping[str, AnyClient]:
    named = sorted(settings.clients.items())
    if isinstance(authority, ExternalAuthority):
        return {name: BroughtClient.of(client, authority) for name, client in named}
    if isinstance(authority, PrivateCaAuthority) and isinstance(settings.authority, PrivateCaSettings):
        subordinate, defaults, site = authority.subordinate, settings.authority.subject, settings.certificate_site
        return {
            name: PcaClientCertificate(
                f"client-{name}", {**arguments.pca_client(client, subordinate, defaults), "site": site}, common.opts
            )
            for name, client in named
        }
    if not isinstance(authority, CertificateAuthority) or not isinstance(settings.authority, SelfManagedAuthority):
        return {}
    issuing = settings.authority.issuing
    return {
        name: ClientCertificate(f"client-{name}", arguments.client(client, authority.issuers, issuing), common.opts)
        for name, client in named
    }


def _ca(settings: Settings, common: Common, authority: Authority) -> CaRepository:
    if isinstance(authority, IdentifierAuthority):
        return CaRepository("ca", {"identifier": authority.identifier}, common.opts)
    version_1 = isinstance(settings.authority, ExternalSettings) and settings.authority.allow_version_1_root
    args = arguments.ca_repository(settings.ca_repository, allow_version_1_root=version_1)
    args["trusted"], args["site"], args["identity"] = authority.trusted, settings.certificate_site, common.identity
    return CaRepository("ca", args, common.opts)


def _server_certificate(settings: Settings, common: Common, issuer: Issuer | None) -> ServerCertificate | None:
    if settings.server_certificate is None:
        return None
    args = arguments.server_certificate(settings.server_certificate, hosts_of_default(settings), issuer)
    args["site"], args["identity"] = settings.certificate_site, common.identity
    return ServerCertificate("server-certificate", args, common.opts)


def _additional_certificates(settings: Settings, common: Common, issuer: Issuer | None) -> dict[str, ServerCertificate]:
    found = {}
    for name, certificate in sorted(settings.additional_server_certificates.items()):
        args = arguments.server_certificate(certificate, (), issuer)
        args["additional_name"], args["site"], args["identity"] = name, settings.certificate_site, common.identity
        found[name] = ServerCertificate(f"server-certificate-{name}", args, common.opts)
    return found


def _network(settings: Settings, common: Common) -> Network | None:
    if settings.network is None:
        return None
    return Network("network", {**arguments.network(settings.network), "identity": common.identity}, common.opts)


def _server_groups(settings: Settings, common: Common, network: Network | None) -> ServerGroups | None:
    if not settings.server_groups:
        return None
    return ServerGroups(
        "server-groups",
        {
            "groups": arguments.server_groups(settings.server_groups, network.instances if network else {}),
            "vpc_id": network.vpc_id if network else None,
            "identity": common.identity,
        },
        common.opts,
    )


def _identifiers(
    ca: CaRepository,
    certificate: ServerCertificate | None,
    additional: dict[str, ServerCertificate],
    network: Network | None,
) -> Identifiers:
    """What both fronts show and where they stand."""
    return Identifiers(
        ca.identifier,
        certificate.identifier if certificate else "",  # a front has one, see settings
        {name: extra.identifier for name, extra in additional.items()},
        network.zones if network else {},
    )


def _load_balancer(
    settings: Settings,
    common: Common,
    identifiers: Identifiers,
    network: Network | None,
    groups: ServerGroups | None,
) -> LoadBalancer | None:
    if settings.load_balancer is None:
        return None
    args = arguments.load_balancer(settings.load_balancer)
    if settings.listener:
        args = {**args, **arguments.listeners(settings.listener, groups.ids if groups else {}, identifiers)}
    args["vpc_id"] = network.vpc_id if network else None
    args["vswitch_ids"] = {**identifiers.zones}
    args["identity"] = common.identity
    return LoadBalancer("load-balancer", args, common.opts)


def _dns(settings: Settings, common: Common, balancer: LoadBalancer | None) -> DnsRecords | None:
    if settings.domain is None or balancer is None or balancer.dns_name is None:
        return None
    return DnsRecords(
        "dns", {**arguments.dns_records(settings.domain, balancer.dns_name), "identity": common.identity}, common.opts
    )


def _alb_ingress(
    settings: Settings, common: Common, identifiers: Identifiers, balancer: LoadBalancer | None
) -> AlbIngress | None:
    """The second front: same CA, same server certificates."""
    if settings.kubernetes is None:
        return None
    taken = ports(settings.listener) if settings.listener else []
    other = balancer.id if balancer else ""
    args = arguments.alb_ingress(settings.kubernetes, identifiers, common.identity, other, taken)
    return AlbIngress("kubernetes", args, common.opts)
