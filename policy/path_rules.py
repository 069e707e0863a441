"""Rules about all listeners together: no path around mutual TLS, and one owner for each port."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from listener_rules import listeners_of_cluster
from pulumi_policy.proxy import UnknownValueError
from reading import ALB_CONFIG, LISTENER, RULE, SERVER_GROUP, Finding

WITHOUT_CERTIFICATES = ("HTTP", "QUIC")


def forbid_way_around(args: Any) -> Iterator[tuple[Finding, str]]:
    """No HTTP or QUIC listener, and no QUIC upgrade, leads to a server group behind mutual TLS."""
    listeners = [one for one in args.resources if one.resource_type == LISTENER]
    guarded = {group for one in listeners if one.props.get("caEnabled") is True for group in _reached(one, args)}
    for one in listeners:
        protocol = one.props.get("listenerProtocol")
        if protocol in WITHOUT_CERTIFICATES and guarded & set(_reached(one, args)):
            yield _around(f"the {protocol} listener {one.name} forwards to a server group behind mutual TLS"), one.urn
        quic = one.props.get("quicConfig") or {}
        if one.props.get("caEnabled") is True and quic.get("quicUpgradeEnabled"):
            yield _around(f"the listener {one.name} offers the QUIC upgrade"), one.urn
    for config in args.resources:
        for listener in listeners_of_cluster(config):
            upgrade = (listener.get("quicConfig") or {}).get("quicUpgradeEnabled")
            if upgrade or listener.get("protocol") == "QUIC":
                yield _around(f"listener {int(listener.get('port') or 0)} of {config.name} speaks QUIC"), config.urn


def require_one_owner(args: Any) -> Iterator[tuple[Finding, str]]:
    """Each port of a load balancer has one owner: one listener resource, or an AlbConfig."""
    owners: dict[tuple[str, int, bool], list[Any]] = defaultdict(list)
    for one in args.resources:
        if one.resource_type == LISTENER:
            udp = one.props.get("listenerProtocol") == "QUIC"
            owners[_identity(one, "loadBalancerId"), int(one.props.get("listenerPort") or 0), udp].append(one)
        if one.resource_type == ALB_CONFIG and ((one.props.get("spec") or {}).get("config") or {}).get("id"):
            for listener in listeners_of_cluster(one):
                udp = listener.get("protocol") == "QUIC"
                owners[one.props["spec"]["config"]["id"], int(listener["port"]), udp].append(one)
    for (_, port, _udp), sharing in owners.items():
        if len(sharing) > 1:
            yield (
                Finding(
                    f"port {port} has the owners {', '.join(sorted(one.name for one in sharing))}",
                    "each would undo what the other does, for ever",
                    "ACK, reuse of an ALB instance",
                    "another port, or one owner",
                ),
                sharing[-1].urn,
            )


def _reached(listener: Any, args: Any) -> list[str]:
    """What a listener forwards to by its default action and its rules."""
    rules = [one for one in args.resources if one.resource_type == RULE and _belongs(one, listener)]
    return _groups(listener, "defaultActions") + [group for one in rules for group in _groups(one, "ruleActions")]


def _belongs(rule: Any, listener: Any) -> bool:
    return listener.urn in [one.urn for one in (rule.property_dependencies or {}).get("listenerId") or []]


def _groups(resource: Any, key: str) -> list[str]:
    """Server groups by URN where the program made them, else by id. Raises while neither is known."""
    made = [
        one.urn for one in (resource.property_dependencies or {}).get(key) or [] if one.resource_type == SERVER_GROUP
    ]
    return made or [
        str(found["serverGroupId"])
        for action in resource.props.get(key) or []
        for found in (action.get("forwardGroupConfig") or {}).get("serverGroupTuples") or []
        if found["serverGroupId"]
    ]


def _identity(listener: Any, key: str) -> str:
    """The load balancer: its id where that is known, else the resource that will have one."""
    try:
        return str(listener.props.get(key))
    except UnknownValueError:
        made = [one.urn for one in (listener.property_dependencies or {}).get(key) or []]
        if not made:
            raise
        return made[0]


def _around(what: str) -> Finding:
    return Finding(
        what,
        "whoever comes that way shows no certificate",
        "ALB user guide, mutual authentication is for HTTPS listeners",
        "a redirect rule, and a default server group without servers; QUIC off",
    )
