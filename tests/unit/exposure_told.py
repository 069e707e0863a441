"""A change of a world as the engine tells of it: resources before and after, ids, references that are known after `up` only."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mtlsedge.preview.events import SECRET_TEXT, UNKNOWN_TEXT, Change, Preview
from tests.unit.exposure_stacks import Pair, Telling
from tests.unit.exposure_world import AccessList, Balancer, Gate, Listener, Opening, Policy, Rule, World

ALB, NLB = "alicloud:alb/", "alicloud:nlb/"
TYPES = {
    "balancer": f"{ALB}loadBalancer:LoadBalancer", "listener": f"{ALB}listener:Listener", "rule": f"{ALB}rule:Rule",
    "group": f"{ALB}serverGroup:ServerGroup", "acl": f"{ALB}acl:Acl", "entry": f"{ALB}aclEntryAttachment:AclEntryAttachment",
    "attachment": f"{ALB}listenerAclAttachment:ListenerAclAttachment", "policy": f"{ALB}securityPolicy:SecurityPolicy",
    "servers": "mtlsedge:index:ServerGroupServers", "actions": "mtlsedge:index:RuleActions",
    "config": "kubernetes:alibabacloud.com/v1:AlbConfig", "ingress": "kubernetes:networking.k8s.io/v1:Ingress",
    "nlb-balancer": f"{NLB}loadBalancer:LoadBalancer", "nlb-listener": f"{NLB}listener:Listener",
    "nlb-group": f"{NLB}serverGroup:ServerGroup", "nlb-policy": f"{NLB}securityPolicy:SecurityPolicy",
    "nlb-server": f"{NLB}serverGroupServerAttachment:ServerGroupServerAttachment",
    "opening": "alicloud:ecs/securityGroupRule:SecurityGroupRule", "security-group": "alicloud:ecs/securityGroup:SecurityGroup",
    "other-listener": "alicloud:slb/listener:Listener",
    "joined": f"{ALB}loadBalancerSecurityGroupAttachment:LoadBalancerSecurityGroupAttachment",
    "vpc": "alicloud:vpc/network:Network",
}  # fmt: skip
PREFIX = "alb.ingress.kubernetes.io/"
REFERS_TO = {
    "defaultActions": "ServerGroup", "ruleActions": "ServerGroup", "actions": "ServerGroup", "serverGroupId": "ServerGroup",
    "server_group_id": "ServerGroup", "securityPolicyId": "SecurityPolicy", "listenerId": "Listener", "rule_id": "Rule",
    "loadBalancerId": "LoadBalancer", "securityGroupId": "SecurityGroup",
}  # fmt: skip
"""Property -> last part of the type of the thing whose id it is."""
WITHOUT_ID = ("config", "ingress")
"""Kinds that a name identifies: one that gets another name is another one."""


@dataclass(frozen=True)
class Reference:
    """The id of another thing."""

    key: str


@dataclass(frozen=True)
class Thing:
    """A resource, its references open."""

    kind: str
    parent: str
    inputs: Mapping[str, Any]


def preview(pair: Pair) -> Preview:
    """What the engine would tell."""
    telling = pair.telling
    before, after = _things(pair.before, pair.before, telling), _things(pair.after, pair.before, telling)
    for key in _outside(pair, before, after):
        before.pop(key, None)
        after.pop(key, None)
    keys = sorted({*before, *after})
    kept = [key for key in keys if key in before and key in after]
    renamed = {kept[place % len(kept)] for place in telling.renamed} if kept else set()
    renamed = {key for key in renamed if before[key].kind not in WITHOUT_ID and not _moves(before[key], after[key])}
    replaced = {kept[place % len(kept)] for place in telling.replaced} - renamed if kept else set()
    replaced |= {key for key in kept if _forces(before[key], after[key])} - renamed
    replaced = {key for key in replaced if before[key].kind not in WITHOUT_ID}
    imported = {key for key in after if key not in before and telling.imported and after[key].kind not in WITHOUT_ID}
    made = renamed | replaced | {key for key in after if key not in before} - imported
    changes = []
    for key in keys:
        old = _resolved(before[key].inputs, set(), telling) if key in before else None
        new = _resolved(after[key].inputs, made, telling) if key in after else None
        if key in imported:
            changes.append(_change("import", after[key], key, f"id-{key}", None, new))
        else:
            changes += _told(key, before.get(key) or after[key], old, new, renamed, replaced)
    return Preview(tuple(_hidden(_with_harmless(changes, telling), telling)))


def _outside(pair: Pair, before: Mapping[str, Thing], after: Mapping[str, Thing]) -> list[str]:
    """Things that the stack does not declare: a listener, a group and all that is the group's. What changes, the stack declares.

    Nor is a group's change told by the program of a listener elsewhere: what such a listener serves stays the same here.
    """
    found = []
    changed = {name for name, servers in pair.after.groups.items() if servers != pair.before.groups.get(name)}
    serving = {
        one.name for balancer in pair.before.balancers for one in balancer.listeners
        if changed & {one.default, *(rule.to for rule in one.rules)}
    }  # fmt: skip
    for name in pair.telling.outside:
        parts = [
            key for key in {*before, *after} if key == name or key.removeprefix("nlb-").startswith(f"group-{name}")
        ]
        if name not in serving and all(before.get(key) == after.get(key) for key in parts):
            found += parts
    return found


def _told(key: str, thing: Thing, old: Any, new: Any, renamed: set[str], replaced: set[str]) -> Iterator[Change]:
    id_ = "" if old is None or thing.kind in WITHOUT_ID else f"id-{key}"
    if key in renamed:
        yield _change("delete", thing, key, id_, old, None)
        yield _change("create", thing, f"{key}-renamed", "", None, new)
        return
    plain = "create" if old is None else "delete" if new is None else "same" if old == new else "update"
    yield _change("replace" if key in replaced else plain, thing, key, id_, old, new)


def _change(operation: str, thing: Thing, name: str, id_: str, old: Any, new: Any) -> Change:
    type_ = TYPES[thing.kind]
    paths = {key: "update" for key in {*(old or {}), *(new or {})} if (old or {}).get(key) != (new or {}).get(key)}
    return Change(
        operation, f"urn:pulumi:s::p::{type_}::{name}", type_, f"urn:pulumi:s::p::x::{thing.parent}", id_, old, new,
        paths=paths if operation in ("update", "replace") else {},
    )  # fmt: skip


def _moves(old: Thing, new: Thing) -> bool:
    """Whether a listener goes to another port: under another name as well it would be another listener."""
    return old.inputs.get("listenerPort") != new.inputs.get("listenerPort")


def _forces(old: Thing, new: Thing) -> bool:
    """Whether the provider replaces a thing: these properties cannot be changed in place."""
    fixed = ("listenerProtocol", "listenerPort", "aclType")
    return any(old.inputs.get(key) != new.inputs.get(key) for key in fixed if key in old.inputs)


def _resolved(value: Any, made: set[str], telling: Telling) -> Any:
    if isinstance(value, Reference):
        return UNKNOWN_TEXT if value.key in made else f"id-{value.key}"
    if isinstance(value, Mapping):
        return {key: _resolved(one, made, telling) for key, one in value.items()}
    if isinstance(value, list):
        return [_resolved(one, made, telling) for one in value]
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return float(value) if telling.floats and is_number else value


def _with_harmless(changes: list[Change], telling: Telling) -> list[Change]:
    if not telling.harmless:
        return changes
    network = Thing("vpc", "network", {})
    return [*changes, _change("update", network, "vpc", "id-vpc", {"description": "a"}, {"description": "b"})]


def _hidden(changes: list[Change], telling: Telling) -> list[Change]:
    """With one changed property that cannot be read.

    A reference that is known after `up` only is to a new thing if there is any, which the model's page says; none is hidden then.
    """
    made = {one.kind for one in changes if one.is_made}
    places = [(at, key) for at, one in enumerate(changes) if one.is_change and one.new for key in sorted(one.new)
              if (one.old or {}).get(key) != one.new[key]]  # fmt: skip
    if telling.hidden is None or not places:
        return changes
    (at, key), text = places[telling.hidden[0] % len(places)], telling.hidden[1]
    if text == "unknown" and REFERS_TO.get(key) in made:
        return changes
    one = changes[at]
    new = {**(one.new or {}), key: SECRET_TEXT if text == "secret" else UNKNOWN_TEXT}
    hidden = Change(one.operation, one.urn, one.type, one.parent, one.id, one.old, new, paths=one.paths)
    return [*changes[:at], hidden, *changes[at + 1 :]]


def _things(world: World, before: World, telling: Telling) -> dict[str, Thing]:
    found: dict[str, Thing] = {}
    first = {rule.name: rule for balancer in before.balancers for one in balancer.listeners for rule in one.rules}
    for balancer in world.balancers:
        maker = {"alb": _of_alb, "nlb": _of_nlb, "cluster": _of_cluster}[balancer.kind]
        found |= maker(balancer, telling, first)
    kinds = {balancer.kind for one in (world, before) for balancer in one.balancers}
    for name, servers in world.groups.items():
        if name != "svc":
            found |= _group(name, servers, telling)
            found |= _nlb_group(name, servers) if "nlb" in kinds else {}
    found["sg"] = Thing("security-group", "network", {"securityGroupName": "servers"})
    found |= {one.name: Thing("opening", "network", _opening(one)) for one in world.openings}
    gated = {one.group for each in (world, before) for one in each.gates}
    gated |= {group for each in (world, before) for one in each.balancers for group in one.groups}
    found |= {group: Thing("security-group", "network", {"securityGroupName": group}) for group in gated}
    found |= {one.name: Thing("opening", "network", _gate(one)) for one in world.gates}
    for balancer in world.balancers:
        for group in balancer.groups:
            inputs = {"loadBalancerId": Reference(balancer.name), "securityGroupId": Reference(group)}
            found[f"{balancer.name}-{group}"] = Thing("joined", balancer.name, inputs)
    if world.others:
        found["others"] = Thing("other-listener", "others", {"bandwidth": world.others})
    return found


def _opening(one: Opening) -> dict[str, Any]:
    """A rule; everybody is let in by one that names no source, every port by -1/-1."""
    key = {"sg": "sourceSecurityGroupId", "pl": "prefixListId"}.get(one.network[:2], "cidrIp")
    source = {"ipv6CidrIp" if ":" in one.network else key: one.network}
    every = one.ports == (1, 65535)
    return {
        "type": "egress" if one.leaves else "ingress", "securityGroupId": Reference("sg"),
        "ipProtocol": "all" if every else "tcp", "portRange": "-1/-1" if every else f"{one.ports[0]}/{one.ports[1]}",
        "policy": "drop" if one.refuses else "accept", **({} if one.network == "0.0.0.0/0" else source),
    }  # fmt: skip


def _gate(one: Gate) -> dict[str, Any]:
    """A rule of a load balancer's security group."""
    asked = Opening(one.name, one.network, one.ports, one.refuses)
    return {**_opening(asked), "securityGroupId": Reference(one.group), "priority": one.priority}


def _balancer(kind: str, one: Balancer) -> Thing:
    inputs = {"loadBalancerName": one.name, "addressType": "Internet" if one.is_public else "Intranet"}
    return Thing(kind, one.name, inputs)


def _of_alb(balancer: Balancer, telling: Telling, first: Mapping[str, Rule]) -> dict[str, Thing]:
    found = {balancer.name: _balancer("balancer", balancer)}
    for one in balancer.listeners:
        listed, config = _lists(one, telling)
        inputs = {
            "loadBalancerId": Reference(balancer.name), "listenerPort": one.port, "listenerProtocol": one.protocol,
            "defaultActions": _actions(one.default), **config,
        }  # fmt: skip
        if one.protocol == "HTTPS":
            inputs |= {"caEnabled": one.verifies, "quicConfig": {"quicUpgradeEnabled": one.quic}}
            inputs |= {"caCertificates": [{"certificateId": one.authority}]} if one.verifies else {}
            inputs |= {"securityPolicyId": _policy(one)} if one.policy else {}
        found |= {one.name: Thing("listener", balancer.name, inputs), **listed, **_custom("policy", one)}
        for rule in one.rules:
            found |= _rule(rule, one, balancer, telling, first)
    return found


def _policy(one: Listener) -> Any:
    return one.policy if isinstance(one.policy, str) else Reference(f"{one.name}-policy")


def _custom(kind: str, one: Listener) -> dict[str, Thing]:
    if not isinstance(one.policy, Policy):
        return {}
    inputs = {"tlsVersions": list(one.policy.versions), "ciphers": list(one.policy.ciphers)}
    return {f"{one.name}-policy": Thing(kind, one.name, inputs)}


def _lists(one: Listener, telling: Telling) -> tuple[dict[str, Thing], dict[str, Any]]:
    if one.networks is None:
        return {}, {}
    key, listed = f"{one.name}-acl", sorted(one.networks.entries)
    inputs: dict[str, Any] = {
        "aclName": key,
        "aclEntries": [] if telling.entries_apart else [{"entry": text} for text in listed],
    }
    found = {key: Thing("acl", one.name, inputs)}
    if telling.entries_apart:
        found |= {
            f"{key}-{text}": Thing("entry", one.name, {"aclId": Reference(key), "entry": text}) for text in listed
        }
    if not telling.lists_apart:
        return found, {"aclConfig": {"aclType": one.networks.kind, "aclRelations": [{"aclId": Reference(key)}]}}
    attached = {"aclId": Reference(key), "aclType": one.networks.kind, "listenerId": Reference(one.name)}
    return {**found, f"{key}-attached": Thing("attachment", one.name, attached)}, {}


def _rule(
    rule: Rule, one: Listener, balancer: Balancer, telling: Telling, first: Mapping[str, Rule]
) -> dict[str, Thing]:
    conditions: list[dict[str, Any]] = (
        [{"type": "Host", "hostConfig": {"values": list(rule.hosts)}}] if rule.hosts else []
    )
    conditions += [{"type": "Path", "pathConfig": {"values": list(rule.paths)}}] if rule.paths else []
    conditions += [{"type": "Header", "headerConfig": {"key": "x-trial", "values": ["1"]}}] if rule.header else []
    made_with = first.get(rule.name, rule).to if telling.actions_apart else rule.to
    inputs = {
        "listenerId": Reference(one.name), "priority": rule.priority, "ruleConditions": conditions,
        "ruleActions": _actions(made_with),
    }  # fmt: skip
    found = {rule.name: Thing("rule", balancer.name, inputs)}
    if telling.actions_apart:
        apart = {"rule_id": Reference(rule.name), "actions": _actions(rule.to)}
        found[f"{rule.name}-actions"] = Thing("actions", balancer.name, apart)
    return found


def _actions(to: str) -> list[dict[str, Any]]:
    if to == "redirect":
        return [{"type": "Redirect", "redirectConfig": {"protocol": "HTTPS"}}]
    tuples = [{"serverGroupId": Reference(f"group-{to}")}]
    return [{"type": "ForwardGroup", "forwardGroupConfig": {"serverGroupTuples": tuples}}]


def _group(name: str, servers: frozenset[str], telling: Telling) -> dict[str, Thing]:
    listed = [one.split(":") for one in sorted(servers)]
    if not telling.servers_apart:
        own = [{"serverId": server, "port": int(port)} for server, port in listed]
        return {f"group-{name}": Thing("group", "groups", {"serverGroupName": name, "servers": own})}
    apart = {f"server-{server}": {"server_id": server, "port": int(port)} for server, port in listed}
    inputs = {"server_group_id": Reference(f"group-{name}"), "servers": apart}
    return {
        f"group-{name}": Thing("group", "groups", {"serverGroupName": name}),
        f"group-{name}-servers": Thing("servers", "groups", inputs),
    }


def _nlb_group(name: str, servers: frozenset[str]) -> dict[str, Thing]:
    key = f"nlb-group-{name}"
    found = {key: Thing("nlb-group", "groups", {"serverGroupName": name})}
    for one in sorted(servers):
        server, port = one.split(":")
        inputs = {"serverGroupId": Reference(key), "serverId": server, "port": int(port)}
        found[f"{key}-{server}"] = Thing("nlb-server", "groups", inputs)
    return found


def _of_nlb(balancer: Balancer, _: Telling, __: Mapping[str, Rule]) -> dict[str, Thing]:
    found = {balancer.name: _balancer("nlb-balancer", balancer)}
    for one in balancer.listeners:
        inputs = {
            "loadBalancerId": Reference(balancer.name), "listenerPort": one.port, "listenerProtocol": one.protocol,
            "serverGroupId": Reference(f"nlb-group-{one.default}"),
        }  # fmt: skip
        if one.protocol == "TCPSSL":
            inputs |= {"caEnabled": one.verifies, "caCertificateIds": [one.authority] if one.verifies else []}
            inputs |= {"securityPolicyId": _policy(one)} if one.policy else {}
        found |= {one.name: Thing("nlb-listener", balancer.name, inputs), **_custom("nlb-policy", one)}
    return found


def _of_cluster(balancer: Balancer, _: Telling, __: Mapping[str, Rule]) -> dict[str, Thing]:
    listeners = [_in_config(one) for one in balancer.listeners]
    config = {"name": balancer.name, "addressType": "Internet" if balancer.is_public else "Intranet"}
    ports = [{one.protocol: one.port} for one in balancer.listeners]
    redirects = any(one.default == "redirect" for one in balancer.listeners)
    annotations = {
        f"{PREFIX}listen-ports": str(ports).replace("'", '"'),
        f"{PREFIX}ssl-redirect": str(redirects).lower(),
    }
    return {
        balancer.name: Thing("config", balancer.name, {"spec": {"config": config, "listeners": listeners}}),
        f"{balancer.name}-ingress": Thing("ingress", balancer.name, {"metadata": {"annotations": annotations}}),
    }


def _in_config(one: Listener) -> dict[str, Any]:
    found: dict[str, Any] = {"port": one.port, "protocol": one.protocol}
    if one.networks is not None:
        found["aclConfig"] = _acl_config(one.networks)
    if one.protocol == "HTTPS":
        found |= {"caEnabled": one.verifies, "quicConfig": {"quicUpgradeEnabled": one.quic}}
        found |= {"caCertificates": [{"CertificateId": one.authority}]} if one.verifies else {}
        found |= {"securityPolicyId": one.policy} if one.policy else {}
    return found


def _acl_config(networks: AccessList) -> dict[str, Any]:
    return {"aclType": networks.kind, "aclEntries": sorted(networks.entries)}
