"""Puts the components together: read `build` for what a stack consists of, and in which order."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pulumi

from mtlsedge_components.ca_repository import CaRepository
from mtlsedge_components.certificates import Issuer
from mtlsedge_components.dns import DnsRecords
from mtlsedge_components.dynamic.clock import now
from mtlsedge_components.dynamic.resource import PluginProvider
from mtlsedge_components.kubernetes.alb_ingress import AlbIngress
from mtlsedge_components.load_balancer import LoadBalancer
from mtlsedge_components.network import Network
from mtlsedge_components.server_certificate import ServerCertificate
from mtlsedge_components.server_groups import ServerGroups
from program import arguments
from program.authorities import build_authority
from program.authorities.authority import BuiltAuthority, BuiltClient
from program.common import Common
from program.manifests import Identifiers
from settings.flaws import flaws, hosts_of_default
from settings.model import Settings


@dataclass(frozen=True)
class Topology:
    """The components of one stack; what the stack file does not name is None or empty."""

    authority: BuiltAuthority
    clients: Mapping[str, BuiltClient]
    ca: CaRepository
    server_certificate: ServerCertificate | None
    additional_certificates: dict[str, ServerCertificate]
    network: Network | None
    server_groups: ServerGroups | None
    load_balancer: LoadBalancer | None
    dns: DnsRecords | None
    alb_ingress: AlbIngress | None = None
    additional: Mapping[str, "Beside"] = field(default_factory=dict)


@dataclass(frozen=True)
class Beside:
    """What an additional listener has for itself."""

    settings: Settings
    """The stack's, with this listener in the place of the first."""
    authority: BuiltAuthority
    ca: CaRepository
    clients: Mapping[str, BuiltClient]


def build(settings: Settings) -> Topology:
    """Declares everything the settings ask for. Raises `pulumi.RunError` before any of it if something cannot be."""
    if found := flaws(settings, now(), look_at_keys=not pulumi.runtime.is_dry_run()):
        raise pulumi.RunError("\n".join(["this stack cannot be built:", *(f"  {flaw}" for flaw in found)]))
    common = Common(arguments.identity(settings), pulumi.ResourceOptions(providers=[PluginProvider()]))
    authority = build_authority(settings, common)
    ca = authority.ca()
    certificate = _server_certificate(settings, common, authority.issuer)
    additional = _additional_certificates(settings, common, authority.issuer)
    network = _network(settings, common)
    groups = _server_groups(settings, common, network)
    beside = _beside(settings, common, authority, ca)
    identifiers = _identifiers(ca, certificate, additional, network, beside)
    balancer = _load_balancer(settings, common, identifiers, network, groups, beside)
    return Topology(
        authority=authority,
        clients=authority.clients(),
        ca=ca,
        server_certificate=certificate,
        additional_certificates=additional,
        network=network,
        server_groups=groups,
        load_balancer=balancer,
        dns=_dns(settings, common, balancer),
        alb_ingress=_alb_ingress(settings, common, identifiers, balancer),
        additional=beside,
    )


def _beside(settings: Settings, common: Common, first: BuiltAuthority, ca: CaRepository) -> dict[str, Beside]:
    """Authority and clients of each additional listener."""
    found: dict[str, Beside] = {}
    uploads = {first.fingerprint: ca.identifier} if first.fingerprint else {}
    for name in sorted(settings.beside):
        known = (one.warehouse_id for one in (ca, *(one.ca for one in found.values())))
        repository = next((one for one in known if one is not None), None)
        own = settings.through(name)
        authority = build_authority(own, replace(common, listener=name, repository=repository, uploads=uploads))
        found[name] = Beside(own, authority, authority.ca(), authority.clients())
        if authority.fingerprint:
            uploads = {authority.fingerprint: found[name].ca.identifier, **uploads}
    return found


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
    beside: Mapping[str, Beside],
) -> Identifiers:
    """What both entry points show and where they stand."""
    return Identifiers(
        ca.identifier,
        certificate.identifier if certificate else "",  # an entry point has one, see settings
        {name: extra.identifier for name, extra in additional.items()},
        network.zones if network else {},
        {name: one.ca.identifier for name, one in beside.items()},
    )


def _load_balancer(
    settings: Settings,
    common: Common,
    identifiers: Identifiers,
    network: Network | None,
    groups: ServerGroups | None,
    beside: Mapping[str, Beside],
) -> LoadBalancer | None:
    if settings.load_balancer is None:
        return None
    args = arguments.load_balancer(settings.load_balancer)
    if settings.listener:
        args = {**args, **arguments.listeners(settings.listener, groups.ids if groups else {}, identifiers)}
    if settings.additional_listeners:
        args["additional_listeners"] = {
            name: arguments.additional_listener(
                one.listener, groups.ids if groups else {}, replace(identifiers, ca=beside[name].ca.identifier)
            )
            for name, one in sorted(settings.additional_listeners.items())
        }
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
    """The second entry point: same CA, same server certificates."""
    if settings.kubernetes is None:
        return None
    other = balancer.id if balancer else ""
    args = arguments.alb_ingress(settings.kubernetes, identifiers, common.identity, other, settings.ports)
    return AlbIngress("kubernetes", args, common.opts)
