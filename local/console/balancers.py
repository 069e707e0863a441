"""Load balancers with their listeners, and one listener: what the ALB console shows under Instances and Listeners."""

from collections.abc import Iterator
from typing import Any

from local.console.certificates import used_certificate
from local.console.layout import (
    BAD,
    GOOD,
    IDLE,
    WARN,
    Body,
    code,
    facts,
    folded,
    lead,
    lines,
    link,
    table,
    word,
)
from local.console.markup import Child, Markup, element, escaped, joined
from local.console.sources import Sources, find, health_summary, protocol_and_port, text
from local.places import CONSOLE_PATH
from local.proxy import inventory, tls_policies
from local.proxy.health import UNUSED
from local.proxy.inventory import Inventory
from local.proxy.scope import Unserved

HEADS = ("Listener", "Health", "Mutual authentication", "CA", "TLS policy", "Certificate", "Forwards to", "Served at")
_STATES = {
    "Running": GOOD,
    "Active": GOOD,
    "Available": GOOD,
    "Stopped": IDLE,
    "Provisioning": WARN,
    "Configuring": WARN,
}


class Overview:
    """Everything about listeners, read once."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self.seen: Inventory = inventory.read(sources.store)
        self.health = sources.health(self.seen)
        self.now = sources.now()

    def summary(self, listener: dict[str, Any]) -> Markup:
        """Health of all servers behind a listener."""
        groups = inventory.groups_of(self.seen, listener)
        return health_summary([state for group in groups for state in self.states(group)])

    def states(self, group: str) -> list[str]:
        """Health of the servers of a group."""
        known = self.health.get(group, {})
        servers = (self.seen.server_groups.get(group) or {}).get("Servers") or []
        return list(known.values()) or [UNUSED] * len(servers)

    def group(self, identifier: str) -> Markup:
        """A link to a server group by its name."""
        document = self.seen.server_groups.get(identifier) or {}
        return link("server-groups", identifier, text(document, "ServerGroupName", otherwise=identifier))

    def authority(self, listener: dict[str, Any]) -> Markup:
        """The CA that a listener trusts for clients."""
        used = [str(entry["CertificateId"]) for entry in listener.get("CaCertificates") or []]
        return lines(used_certificate(self.seen.ca_certificates.get(one), one, self.now) for one in used)

    def certificates(self, listener: dict[str, Any], key: str) -> Markup:
        """Server certificates of a listener."""
        used = [str(entry["CertificateId"]) for entry in listener.get(key) or []]
        known = self.seen.server_certificates
        return lines(used_certificate(known.get(one.partition("-")[0]), one, self.now) for one in used)

    def place(self, listener: dict[str, Any]) -> Markup:
        """Where on this machine a listener is served."""
        balancer = self.seen.load_balancers.get(listener["LoadBalancerId"])
        if balancer is None or not inventory.is_served(self.seen, listener):
            return word(IDLE, "not served")
        try:
            address, port = self.sources.placement.listener(balancer["LocalAddress"], int(listener["ListenerPort"]))
        except (KeyError, TypeError, ValueError):
            return word(BAD, "no place on this machine")
        return code(f"{address}:{port}")


def page(sources: Sources) -> Body:
    """Every load balancer."""
    overview = Overview(sources)
    parts = [_balancer(overview, one) for one in overview.seen.load_balancers.values()]
    nothing = element("p", "There is no load balancer. ", code("pulumi up"), " makes one.", class_="empty")
    about = lead("What the ALB console shows under Instances and Listeners. Health is what Envoy sees at this moment.")
    return Body("", "Load balancers", joined([about, *(parts or [nothing])]))


def _balancer(overview: Overview, balancer: dict[str, Any]) -> Markup:
    identifier = str(balancer["LoadBalancerId"])
    name = text(balancer, "LoadBalancerName", otherwise=identifier)
    zones = [str(zone.get("ZoneId")) for zone in balancer.get("ZoneMappings") or []]
    described = facts([
        ("Status", state(balancer.get("LoadBalancerStatus"))),
        ("Instance ID", code(identifier)),
        ("DNS name", code(text(balancer, "DNSName"))),
        ("Network type", text(balancer, "AddressType")),
        ("Edition", text(balancer, "LoadBalancerEdition")),
        ("Zones", ", ".join(zones) or "-"),
        ("Address here", code(overview.sources.placement.load_balancer(text(balancer, "LocalAddress")))),
    ])  # fmt: skip
    own = [one for one in overview.seen.listeners if one["LoadBalancerId"] == identifier]
    rows = (_row(overview, one) for one in own)
    listed = table(f"Listeners of {name}", HEADS, rows, "This load balancer has no listener.")
    return element("section", element("h2", name), described, listed)


def _row(overview: Overview, listener: dict[str, Any]) -> list[Child]:
    head = link("listeners", listener["ListenerId"], protocol_and_port(listener))
    return [
        lines([head, state(listener.get("ListenerStatus"))]),
        overview.summary(listener),
        mutual_authentication(listener),
        overview.authority(listener),
        _policy(listener),
        overview.certificates(listener, "Certificates"),
        lines(map(overview.group, _default_groups(listener))),
        overview.place(listener),
    ]


def state(status: object) -> Markup:
    """Running, Active, Stopped, and what lies between."""
    return word(_STATES.get(str(status), WARN), str(status or "unknown"))


def mutual_authentication(listener: dict[str, Any]) -> Markup:
    """On or off; a listener without TLS has none."""
    if listener.get("ListenerProtocol") != "HTTPS":
        return word(IDLE, "No TLS")
    return word(GOOD, "On") if listener.get("CaEnabled") else word(WARN, "Off")


def _policy(listener: dict[str, Any]) -> Markup:
    policy = listener.get("SecurityPolicyId")
    return element("code", folded(str(policy), "_")) if policy else escaped("-")


def _default_groups(listener: dict[str, Any]) -> list[str]:
    return [group for group, _ in inventory.forward_groups(listener.get("DefaultActions") or [])]


def listener_page(sources: Sources, identifier: str) -> Body:
    """One listener. Raises Missing."""
    overview = Overview(sources)
    listener = find({str(one["ListenerId"]): one for one in overview.seen.listeners}, identifier, "listener")
    balancer = overview.seen.load_balancers.get(listener["LoadBalancerId"]) or {}
    name = str(balancer.get("LoadBalancerName") or listener["LoadBalancerId"])
    heading = f"Listener {protocol_and_port(listener)} of {name}"
    described = facts([
        ("Listener ID", code(identifier)),
        ("Status", state(listener.get("ListenerStatus"))),
        ("Health", overview.summary(listener)),
        ("Served at", overview.place(listener)),
        ("Mutual authentication", mutual_authentication(listener)),
        ("CA certificate", overview.authority(listener)),
        ("TLS policy", lines([_policy(listener), *_versions(overview, listener)])),
        ("Server certificate", overview.certificates(listener, "Certificates")),
        ("Additional certificates", overview.certificates(listener, "AdditionalCertificates")),
        ("Access control", lines(_access(overview, listener))),
        ("Scripts", lines(_scripts(overview, identifier))),
        ("Idle timeout", f"{listener.get('IdleTimeout', '-')} s"),
        ("Request timeout", f"{listener.get('RequestTimeout', '-')} s"),
        ("Default action", lines(map(overview.group, _default_groups(listener)))),
    ])  # fmt: skip
    rules = (_rule(overview, rule) for rule in overview.seen.rules.get(identifier, ()))
    listed = table("Forwarding rules", ("Rule", "Priority", "If", "Then"), rules, "Only the default action.")
    back = element("p", element("a", "All load balancers", href=CONSOLE_PATH))
    return Body("", heading, joined([described, listed, back]))


def _versions(overview: Overview, listener: dict[str, Any]) -> Iterator[Child]:
    if listener.get("SecurityPolicyId"):
        try:
            policy = tls_policies.find(overview.seen, str(listener["SecurityPolicyId"]))
        except (KeyError, Unserved) as problem:
            yield word(BAD, str(problem))
        else:
            versions = dict.fromkeys(name.replace("_", ".") for name in (policy.minimum, policy.maximum))
            yield f"{' to '.join(versions)}, {len(policy.ciphers)} ciphers below TLS 1.3"


def _access(overview: Overview, listener: dict[str, Any]) -> Iterator[Child]:
    config = listener.get("AclConfig") or {}
    for relation in config.get("AclRelations") or []:
        acl = overview.seen.acls.get(relation["AclId"]) or {}
        entries = ", ".join(str(entry["Entry"]) for entry in acl.get("AclEntries") or []) or "no entry"
        yield f"{config.get('AclType')}: {acl.get('AclName') or relation['AclId']} ({entries})"
    for id in (overview.seen.load_balancers.get(listener["LoadBalancerId"]) or {}).get("SecurityGroupIds") or []:
        group = overview.seen.security_groups.get(id) or {}
        yield f"security group: {group.get('SecurityGroupName') or id} ({len(group.get('Permissions') or [])} rules)"


def _scripts(overview: Overview, identifier: str) -> Iterator[Child]:
    for script in overview.seen.scripts:
        if script["ListenerId"] == identifier:
            state = "on, and not run here" if script["Enabled"] else "off"
            yield f"{script['AScriptName']}: {script['Position']}, {state}"


def _rule(overview: Overview, rule: dict[str, Any]) -> list[Child]:
    actions = rule.get("RuleActions") or []
    groups = [group for group, _ in inventory.forward_groups(actions)]
    others = [_content(action, "Order") for action in actions if action.get("Type") != "ForwardGroup"]
    return [
        lines([str(rule.get("RuleName") or rule["RuleId"]), state(rule.get("RuleStatus"))]),
        str(rule.get("Priority")),
        lines(_content(condition) for condition in rule.get("RuleConditions") or []),
        lines([*map(overview.group, groups), *others]),
    ]


def _content(item: dict[str, Any], *left_out: str) -> str:
    """A condition or an action: its type, and its configuration in the API's words."""
    configs = [value for key, value in item.items() if key not in ("Type", *left_out)]
    return f"{item.get('Type')}: {', '.join(map(_told, configs))}"


def _told(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(_told(one) if key == "Values" else f"{key} {_told(one)}" for key, one in value.items())
    return ", ".join(map(_told, value)) if isinstance(value, list) else str(value)
