"""ECS of the local cloud: rules of security groups.

The newer calls send `Permissions.N.*`, the older ones flat keys, by GET and over TLS (openapi-contract.md §7.4).
"""

import ipaddress
import re
from collections.abc import Iterator

from local.cloud.actions import Call, Response, action
from local.cloud.documents import new_id, now_text
from local.cloud.ecs import security_groups
from local.cloud.errors import invalid, missing, refused
from local.cloud.parameters import Parameters
from local.cloud.products import ECS
from local.cloud.store import Document

PROTOCOLS = ("TCP", "UDP", "ICMP", "ICMPV6", "GRE", "ALL")
MOST = 200
_PORTS = re.compile(r"(-1/-1)|(\d{1,5})/(\d{1,5})")
_PEERS = {
    "ingress": ("SourceCidrIp", "Ipv6SourceCidrIp", "SourceGroupId", "SourcePrefixListId"),
    "egress": ("DestCidrIp", "Ipv6DestCidrIp", "DestGroupId", "DestPrefixListId"),
}
"""Direction -> the keys of which a rule has one."""
_OWNERS = ("SourceGroupOwnerAccount", "DestGroupOwnerAccount")


@action(ECS, "AuthorizeSecurityGroup", source="provider source", writes=True)
def authorize_security_group(call: Call) -> Response:
    """Add ingress rules; one that is there already counts as added."""
    return _authorize(call, "ingress")


@action(ECS, "AuthorizeSecurityGroupEgress", source="provider source", writes=True)
def authorize_security_group_egress(call: Call) -> Response:
    """Add egress rules."""
    return _authorize(call, "egress")


@action(ECS, "ModifySecurityGroupRule", source="provider source", writes=True)
def modify_security_group_rule(call: Call) -> Response:
    """Change the description of an ingress rule; the provider sends it twice (§10.6)."""
    return _describe(call, "ingress")


@action(ECS, "ModifySecurityGroupEgressRule", source="provider source", writes=True)
def modify_security_group_egress_rule(call: Call) -> Response:
    """Change the description of an egress rule."""
    return _describe(call, "egress")


@action(ECS, "RevokeSecurityGroup", source="provider source", writes=True)
def revoke_security_group(call: Call) -> Response:
    """Remove ingress rules; one that is not there counts as removed."""
    return _revoke(call, "ingress")


@action(ECS, "RevokeSecurityGroupEgress", source="provider source", writes=True)
def revoke_security_group_egress(call: Call) -> Response:
    """Remove egress rules."""
    return _revoke(call, "egress")


def _authorize(call: Call, direction: str) -> Response:
    group = security_groups.find(call, call.parameters.required("SecurityGroupId"))
    for item in _sent(call):
        rule = _rule(call, item, direction)
        if not any(_key(rule) == _key(other) for other in group["Permissions"]):
            group["Permissions"].append(rule)
    if len(group["Permissions"]) > MOST:
        raise refused("QuotaExceeded.SecurityGroupRule", f"A security group has {MOST} rules at most.")
    call.store.put(security_groups.KIND, group["SecurityGroupId"], group)
    return {}


def _describe(call: Call, direction: str) -> Response:
    group = security_groups.find(call, call.parameters.required("SecurityGroupId"))
    rule = _rule(call, call.parameters, direction)
    found = next((other for other in group["Permissions"] if _key(other) == _key(rule)), None)
    if found is None:
        raise refused("InvalidSecurityGroupRule.RuleNotExist", "The security group has no such rule.")
    found["Description"] = rule["Description"]
    call.store.put(security_groups.KIND, group["SecurityGroupId"], group)
    return {}


def _revoke(call: Call, direction: str) -> Response:
    group = security_groups.find(call, call.parameters.required("SecurityGroupId"))
    ids = call.parameters.texts("SecurityGroupRuleId")
    keys = [] if ids else [_key(_rule(call, item, direction)) for item in _sent(call)]
    left = [r for r in group["Permissions"] if r["SecurityGroupRuleId"] not in ids and _key(r) not in keys]
    call.store.put(security_groups.KIND, group["SecurityGroupId"], {**group, "Permissions": left})
    return {}


def _sent(call: Call) -> Iterator[Parameters]:
    if "Permissions" in call.parameters:
        return call.parameters.objects("Permissions")
    return iter([call.parameters])


def _rule(call: Call, item: Parameters, direction: str) -> Document:
    """A checked rule as the real service returns it: protocol upper case, policy capitalised, priority text."""
    item.pass_over("NicType")  # every group is in a VPC, whose rules are all `intranet`
    protocol = item.required("IpProtocol").upper()
    if protocol not in PROTOCOLS:
        raise invalid("IpProtocol", f"allowed are {', '.join(PROTOCOLS)}")
    rule = {
        "SecurityGroupRuleId": new_id("sgr"),
        "Direction": direction,
        "IpProtocol": protocol,
        "PortRange": _ports(item.text("PortRange", "-1/-1"), protocol),
        "Policy": item.choice("Policy", ("accept", "drop", "Accept", "Drop"), "accept").title(),
        "Priority": str(item.integer("Priority", 1, 100, 1)),
        "NicType": "intranet",
        "Description": item.text("Description"),
        "CreateTime": now_text(),
        **{name: item.text(name) for name in _OWNERS},
        **{name: "" for names in _PEERS.values() for name in names},
    }
    return {**rule, **_peer(call, item, direction)}


def _peer(call: Call, item: Parameters, direction: str) -> Document:
    sent = {name: item.text(name) for name in _PEERS[direction] if item.text(name)}
    if not sent:
        raise missing(_PEERS[direction][0])
    for name, value in sent.items():
        if name.endswith("CidrIp"):
            sent[name] = _block(name, value)
        elif name.endswith("GroupId"):
            security_groups.find(call, value)
    return sent


def _block(name: str, value: str) -> str:
    """A block as the service shows it: IPv6 in its short spelling, where bits of the host may be left [upstream's tests]."""
    try:
        block = ipaddress.ip_interface(value) if name.startswith("Ipv6") else ipaddress.ip_network(value)
    except ValueError:
        raise invalid(name, "a CIDR block such as 10.0.0.0/8 is expected") from None
    if block.version != (6 if name.startswith("Ipv6") else 4):
        raise invalid(name, "a CIDR block such as 10.0.0.0/8 is expected")
    return str(block) if "/" in value else value


def _ports(text: str, protocol: str) -> str:
    """first/last for TCP and UDP; -1/-1 for the others."""
    match = _PORTS.fullmatch(text)
    whole = bool(match and match[1])
    if protocol not in ("TCP", "UDP"):
        if not whole:
            raise invalid("PortRange", "only -1/-1 with this protocol")
    elif match is None or whole or not 1 <= int(match[2]) <= int(match[3]) <= 65535:
        raise invalid("PortRange", "first/last, each 1 to 65535, with TCP and UDP")
    return text


def _key(rule: Document) -> tuple[str, ...]:
    """What makes two rules the same."""
    names = ("Direction", "IpProtocol", "PortRange", "Policy", "Priority", *_PEERS[rule["Direction"]])
    return tuple(str(rule[name]) for name in names)
