"""Checks between sections: what one needs of another, what it may name in another.

Each takes the whole configuration and notes problems at the place a change would be made.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from components import forms
from components.reading.nodes import Node, Section
from settings.cross_kubernetes import check_kubernetes
from settings.kinds import check_kinds
from settings.model import (
    CreatedNetwork,
    IdentifierAuthority,
    IssuedServerCertificate,
    Listener,
    ManagedServerGroup,
    SelfManagedAuthority,
    Settings,
)
from settings.name_constraints import check_names
from settings.rotation import check_rotation


@dataclass(frozen=True)
class Whole:
    """What was read, where it was read from, and whether the cloud is a local one."""

    root: Section
    settings: Settings
    is_local: bool

    def at(self, section: str, *keys: str) -> Node:
        """The value under keys of a section."""
        return self.root[f"mtlsedge:{section}"].at(*keys)


def check(whole: Whole) -> None:
    """Every check between sections."""
    for rule in (
        check_needs, check_references, check_listener_ports, check_http_forwarding,
        check_tracing, check_identifier, check_validity, check_demonstration, check_generations,
        check_name_constraints, check_kubernetes,
    ):  # fmt: skip
        rule(whole)
    check_kinds(whole.root, whole.settings)


def check_needs(whole: Whole) -> None:
    """What must be there for a section to make sense."""
    settings = whole.settings
    balancer = settings.load_balancer
    needs: dict[str, list[tuple[str, object]]] = {
        "loadBalancer": [("listener", settings.listener), ("domain", settings.domain)],
        "serverCertificate": [("listener", settings.listener)],
        "serverGroups": [("listener", settings.listener)],
        "network": [
            ("serverGroups", any(isinstance(group, ManagedServerGroup) for group in settings.server_groups.values())),
            ("loadBalancer", balancer is not None and not balancer.id),
        ],
    }
    for needed, users in needs.items():
        names = [f"mtlsedge:{name}" for name, is_used in users if is_used]
        if names and whole.at(needed).value is None:
            whole.at(needed).refuse(f"what {' and '.join(names)} {'needs' if len(names) == 1 else 'need'}")


def check_references(whole: Whole) -> None:
    """The default group and those of the rules are declared."""
    groups = whole.at("serverGroups").value
    if whole.settings.listener is None or not isinstance(groups, Mapping):
        return
    rules = whole.settings.listener.rules
    for node in [
        whole.at("listener", "default"),
        *(whole.at("listener", "rules", name, "serverGroup") for name in rules),
    ]:
        if isinstance(node.value, str) and node.value not in groups:
            known = [str(name) for name in groups if forms.NAME.accepts(str(name))]
            node.refuse(f"a group of mtlsedge:serverGroups: {', '.join(known)}")


def check_listener_ports(whole: Whole) -> None:
    """HTTP and HTTPS listeners have a port each."""
    listener = whole.settings.listener
    if listener and _has_http_listener(listener) and listener.port == listener.http_port:
        given = whole.at("listener", "httpPort")
        at = given if given.value is not None else whole.at("listener", "port")
        at.refuse("another port than the other listener's", found=str(listener.port))


def check_http_forwarding(whole: Whole) -> None:
    """An HTTP listener forwards to groups that speak HTTP only [alibaba-cloud.md §1.7]."""
    listener = whole.settings.listener
    group = whole.settings.server_groups.get(listener.default) if listener else None
    if not (listener and listener.allow_http_forwarding_past_mutual_tls and isinstance(group, ManagedServerGroup)):
        return
    if group.protocol != "HTTP":
        whole.at("listener", "httpForwarding").refuse(
            "nothing, unless the default group's protocol is HTTP", found=f"it beside a group of {group.protocol}"
        )


def check_tracing(whole: Whole) -> None:
    """Traces are switched on beside the access log, which a load balancer that is not the stack's own may have."""
    listener, balancer = whole.settings.listener, whole.settings.load_balancer
    if not (listener and listener.access_log_tracing and listener.access_log_tracing.enabled):
        return
    if balancer and not balancer.id and not balancer.access_log and whole.at("loadBalancer", "accessLog").value is None:
        whole.at("listener", "accessLogTracing").refuse("nothing without loadBalancer.accessLog")


def check_identifier(whole: Whole) -> None:
    """With an identifier there is no key to sign with, and nothing to upload."""
    authority = whole.settings.authority
    if not (isinstance(authority, IdentifierAuthority) and authority.identifier):
        return
    if whole.settings.clients:
        found = f"{len(whole.settings.clients)} clients" if len(whole.settings.clients) > 1 else "1 client"
        whole.at("clients").refuse("none with authority.identifier: the stack has no key to sign with", found=found)
    if whole.at("certificateRepository").value is not None:
        whole.at("certificateRepository").refuse("nothing with authority.identifier: nothing is uploaded")
    for node, _ in _issued_certificates(whole):
        node.at("issueFromAuthority").refuse("id or certificateFile, as authority.identifier has no key to sign with")


def check_validity(whole: Whole) -> None:
    """Nothing outlives the authority that signs it."""
    authority = whole.settings.authority
    if not isinstance(authority, SelfManagedAuthority) or authority.issuing not in authority.generations:
        return
    if not whole.at("authority", "selfManaged", "generations", authority.issuing, "validityDays").is_sound:
        return
    longest = authority.generations[authority.issuing].validity_days
    leaves = [(whole.at("clients", name), client.validity_days) for name, client in whole.settings.clients.items()]
    leaves += [(node, certificate.validity_days) for node, certificate in _issued_certificates(whole)]
    for node, days in leaves:
        if days > longest:
            node.at("validityDays").refuse(f"whole days up to the authority's {longest}", found=str(days))


def check_generations(whole: Whole) -> None:
    """Nobody is locked out by the generation that is trusted, unless that is written down."""
    check_rotation(whole.settings, whole.at("authority"), whole.at("clients"))


def check_name_constraints(whole: Whole) -> None:
    """Nobody is certified who is outside of what the authority may certify."""
    authority = whole.at("authority", "selfManaged")
    check_names(whole.settings, authority, whole.at("clients"), _issued_certificates(whole))


def check_demonstration(whole: Whole) -> None:
    """A real cloud needs to be told what to make servers from; the local one makes them from nothing."""
    network = whole.settings.network
    if whole.is_local or not isinstance(network, CreatedNetwork) or not network.servers:
        return
    for key, value in (("imageId", network.image_id), ("instanceType", network.instance_type)):
        if not value:
            whole.at("network", "create", key).refuse(
                "a value, which network.create.servers need outside a local cloud"
            )


def _has_http_listener(listener: Listener) -> bool:
    return listener.redirect_http or listener.allow_http_forwarding_past_mutual_tls


def _issued_certificates(whole: Whole) -> list[tuple[Node, IssuedServerCertificate]]:
    settings = whole.settings
    found = [(whole.at("serverCertificate"), settings.server_certificate)] + [
        (whole.at("serverCertificate", "additional", name), certificate)
        for name, certificate in settings.additional_server_certificates.items()
    ]
    return [(node, certificate) for node, certificate in found if isinstance(certificate, IssuedServerCertificate)]
