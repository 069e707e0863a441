"""Rules about all listeners together: no path around mutual TLS, and one owner for each port."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from listener_rules import listeners_of_cluster
from pulumi_policy.proxy import UnknownValueError
from reading import ALB_CONFIG, NLB_LISTENER, NLB_SERVER, Finding, is_known

from exposure import nlb
from exposure.facts import switch
from exposure.reach import LISTENER, OWN_ACTIONS, OWN_SERVERS, RULE, SCALING_ATTACHMENT, SERVER_GROUP, is_https

WITHOUT_CERTIFICATES = ("HTTP", "QUIC")


def forbid_way_around(args: Any) -> Iterator[tuple[Finding, str]]:
    """No HTTP, QUIC, TCP or UDP listener, and no QUIC upgrade, leads to a server group behind mutual TLS."""
    listeners, servers = [one for one in args.resources if one.resource_type == LISTENER], _servers(args)
    guarded = {what for one in listeners if one.props.get("caEnabled") is True for what in _reached(one, args, servers)}
    for one in listeners:
        protocol = one.props.get("listenerProtocol")
        if protocol in WITHOUT_CERTIFICATES and guarded & _reached(one, args, servers):
            yield _around(f"the {protocol} listener {one.name} forwards to a server group behind mutual TLS"), one.urn
        quic = one.props.get("quicConfig") or {}
        if one.props.get("caEnabled") is True and switch(quic.get("quicUpgradeEnabled")):
            yield _around(f"the listener {one.name} offers the QUIC upgrade"), one.urn
    for one in args.resources:
        if one.resource_type == NLB_LISTENER and _lets_anybody_in(one) and guarded & _behind_nlb(one, servers):
            protocol = one.props.get("listenerProtocol")
            yield (
                _around(
                    f"the {protocol} listener {one.name} of a network load balancer leads to a server behind mutual TLS"
                ),
                one.urn,
            )
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


def _lets_anybody_in(listener: Any) -> bool:
    """Whether a network load balancer's listener asks for no certificate."""
    read = nlb.in_words_of_alb(
        NLB_LISTENER, {key: listener.props.get(key) for key in ("listenerProtocol", "caEnabled")}
    )
    return not (is_https(read or {}) and switch((read or {}).get("caEnabled")) is True)


def _behind_nlb(listener: Any, servers: Mapping[str, set[str]]) -> set[str]:
    """The servers of a network load balancer's listener, by its group's URN or id."""
    return set().union(*(servers.get(group, ()) for group in _named_by(listener, "serverGroupId")))


def _named_by(resource: Any, key: str) -> list[str]:
    """What a property refers to: the URN where the program made it, else the id. Raises while neither is known."""
    made = [one.urn for one in (resource.property_dependencies or {}).get(key) or []]
    return made or [str(resource.props.get(key))]


def _reached(listener: Any, args: Any, servers: Mapping[str, set[str]]) -> set[str]:
    """Server groups that a listener forwards to, by its default action and its rules, and the servers in them."""
    groups = _forwards(listener, args)
    return set(groups).union(*(servers.get(group, ()) for group in groups))


def _servers(args: Any) -> dict[str, set[str]]:
    """URN or id of a server group -> its servers, those declared apart from it included."""
    found: dict[str, set[str]] = defaultdict(set)
    for one in args.resources:
        if one.resource_type == SERVER_GROUP and is_known(one.props, "servers"):
            found[one.urn] |= set(_members(one.props.get("servers") or []))
        elif one.resource_type == OWN_SERVERS and is_known(one.props, "servers"):
            listed = list(_members(list((one.props.get("servers") or {}).values())))
            made = [group.urn for group in (one.property_dependencies or {}).get("server_group_id") or []]
            literal = [str(one.props.get("server_group_id"))] if is_known(one.props, "server_group_id") else []
            for group in (*made, *literal):
                found[group] |= set(listed)
        elif one.resource_type == NLB_SERVER:
            for group in _named_by(one, "serverGroupId"):
                found[group] |= set(_members([one.props]))
        elif one.resource_type == SCALING_ATTACHMENT:
            for group in _named_by(one, "albServerGroupId"):
                found[group] |= {
                    f"{name}:{int(one.props.get('port') or 0)}" for name in _named_by(one, "scalingGroupId")
                }
    return found


def _members(servers: Any) -> Iterator[str]:
    """Each server that is known now, as id and port."""
    for one in servers:
        for key in ("serverId", "server_id"):
            if is_known(one, key) and is_known(one, "port") and one.get(key):
                yield f"server {one.get(key)}:{int(one.get('port') or 0)}"


def _forwards(listener: Any, args: Any) -> list[str]:
    """Server groups that a listener forwards to by its default action and its rules."""
    ids = _ids(listener, args.resources, "listenerId")
    rules = [one for one in args.resources if one.resource_type == RULE and _belongs(one, "listenerId", listener, ids)]
    return (
        _groups(listener, "defaultActions")
        + [group for one in rules for group in _groups(one, "ruleActions")]
        + [group for one in rules for own in _actions_apart(one, args) for group in _groups(own, "actions")]
    )


def _actions_apart(rule: Any, args: Any) -> list[Any]:
    """What is declared of a rule's actions apart from it, by this project's own resource."""
    own = [one for one in args.resources if one.resource_type == OWN_ACTIONS]
    ids = _ids(rule, own, "rule_id")
    return [one for one in own if _belongs(one, "rule_id", rule, ids)]


def _ids(target: Any, resources: Iterable[Any], key: str) -> set[str]:
    """A resource's id, as far as resources tell that refer to it: the host does not hand ids over."""
    return {str(one.props.get(key)) for one in resources if _refers(one, key, target) and is_known(one.props, key)}


def _refers(resource: Any, key: str, target: Any) -> bool:
    return target.urn in [one.urn for one in (resource.property_dependencies or {}).get(key) or []]


def _belongs(resource: Any, key: str, target: Any, ids: set[str]) -> bool:
    """Whether a resource is another's, by a reference or by its id written out."""
    return _refers(resource, key, target) or (is_known(resource.props, key) and resource.props.get(key) in ids)


def _groups(resource: Any, key: str) -> list[str]:
    """Server groups: the URN where the program made them, and the id where it is known. Raises while neither is."""
    made = [
        one.urn for one in (resource.property_dependencies or {}).get(key) or [] if one.resource_type == SERVER_GROUP
    ]
    return made + list(_known_groups(resource, key, raises=not made))


def _known_groups(resource: Any, key: str, *, raises: bool) -> Iterator[str]:
    try:
        for action in resource.props.get(key) or []:
            mirrored = (action.get("trafficMirrorConfig") or {}).get("mirrorGroupConfig") or {}
            for config in (action.get("forwardGroupConfig") or {}, mirrored):
                for found in config.get("serverGroupTuples") or []:
                    if (raises or is_known(found, "serverGroupId")) and found["serverGroupId"]:
                        yield str(found["serverGroupId"])
    except UnknownValueError:
        if raises:
            raise


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
        "a client that comes that way shows no certificate",
        "ALB user guide, mutual authentication is for HTTPS listeners",
        "a redirect rule, and a default server group without servers; QUIC off",
    )
