"""Checks between sections: what one needs of another, what it may name in another.

Each takes the whole configuration and notes problems at the place a change would be made.
"""

from collections.abc import Mapping

from mtlsedge_components import forms
from mtlsedge_components.alb_limits import MOST_RULES
from settings.authorities import check_authority
from settings.cross_kubernetes import check_kubernetes
from settings.model import (
    CreatedNetwork,
    ManagedServerGroup,
)
from settings.whole import Whole


def check(whole: Whole) -> None:
    """Every check between sections."""
    for rule in (
        check_needs, check_references, check_listener_ports, check_http_forwarding, check_tracing, check_demonstration,
        check_kubernetes, check_authority,
    ):  # fmt: skip
        rule(whole)
    _check_clients_of_listeners(whole)
    _check_rules_of_listeners(whole)
    for name in whole.settings.beside:
        for rule in (check_references, check_tracing, check_authority):
            rule(whole.through(name))


def check_needs(whole: Whole) -> None:
    """What must be there for a section to make sense."""
    settings = whole.settings
    balancer = settings.load_balancer
    needs: dict[str, list[tuple[str, object]]] = {
        "loadBalancer": [("listener", settings.listener), ("domain", settings.domain)],
        "serverCertificate": [("listener", settings.listener)],
        "serverGroups": [("listener", settings.listener)],
        "listener": [("additionalListeners", settings.additional_listeners)],
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
    known = ", ".join(str(name) for name in groups if forms.NAME.accepts(str(name)))
    for node in [
        whole.at("listener", "default"),
        *(whole.at("listener", "rules", name, "serverGroup") for name in rules),
    ]:
        if isinstance(node.value, str) and node.value not in groups:
            node.refuse(f"a group of mtlsedge:serverGroups: {known}")
    for name, rule in rules.items():
        for group in rule.server_groups:
            if group not in groups:
                at = whole.at("listener", "rules", name, "serverGroups", group)
                at.refuse(f"a group of mtlsedge:serverGroups: {known}", found=f"the key {group!r}")


def check_listener_ports(whole: Whole) -> None:
    """HTTP and HTTPS listeners have a port each."""
    listener = whole.settings.listener
    if listener and listener.has_http and listener.port == listener.http_port:
        given = whole.at("listener", "httpPort")
        at = given if given.value is not None else whole.at("listener", "port")
        at.refuse("another port than the other listener's", found=str(listener.port))
    taken = [] if listener is None else listener.ports
    whole.refuse_taken_ports(whole.settings.additional_listeners, taken, "load balancer")


def _check_clients_of_listeners(whole: Whole) -> None:
    """A client is of one listener: two of a name would be told apart by their CA alone."""
    known = {name.casefold(): "mtlsedge:clients" for name in whole.settings.clients}
    for listener, one in whole.settings.beside.items():
        for name in one.clients:
            if owner := known.get(name.casefold()):
                at = whole.of_listener(listener, "clients", name)
                at.refuse(f"a name that no other client has; {owner} has this one", found=f"the client {name!r}")
        known |= {name.casefold(): f"{whole.settings.place_of(listener)}.clients" for name in one.clients}


def _check_rules_of_listeners(whole: Whole) -> None:
    """The quota is that of the load balancer."""
    first, others = whole.settings.listener, whole.settings.additional_listeners
    if first is None or not others:
        return
    count = len(first.rules) + sum(len(one.listener.rules) for one in others.values())
    allowed = MOST_RULES - int(first.redirect_http)
    if count > allowed:
        whole.at("additionalListeners").refuse(
            f"at most {allowed} rules of all listeners of the load balancer", found=f"{count} rules"
        )


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
