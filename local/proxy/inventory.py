"""What the renderers see of the store: one reading of all kinds they need.

Documents keep the API's own keys (openapi-contract.md, Appendix A).
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from local.behaviours import KIND as BEHAVIOUR
from local.behaviours import Answers
from local.proxy.protobuf import Json


class ReadableStore(Protocol):
    """The part of `local.cloud.store.Store` that the data plane uses."""

    @property
    def revision(self) -> int:
        """Number that changes with every write."""

    def list(self, kind: str) -> list[Json]:
        """Documents of a kind, in creation order."""

    def wait(self, revision: int, timeout: float) -> int:
        """Blocks until the revision differs from the one given, or the timeout (seconds)."""


@dataclass(frozen=True)
class Inventory:
    """Documents by id; rules by listener, in the order in which they are tried."""

    load_balancers: Mapping[str, Json] = field(default_factory=dict)
    listeners: tuple[Json, ...] = ()
    rules: Mapping[str, tuple[Json, ...]] = field(default_factory=dict)
    scripts: tuple[Json, ...] = ()
    server_groups: Mapping[str, Json] = field(default_factory=dict)
    acls: Mapping[str, Json] = field(default_factory=dict)
    security_groups: Mapping[str, Json] = field(default_factory=dict)
    security_policies: Mapping[str, Json] = field(default_factory=dict)
    server_certificates: Mapping[str, Json] = field(default_factory=dict)
    ca_certificates: Mapping[str, Json] = field(default_factory=dict)
    instances: Mapping[str, Json] = field(default_factory=dict)
    behaviours: Answers = field(default_factory=Answers)


def read(store: ReadableStore) -> Inventory:
    """Reads the store once. The caller reads again when the revision has moved."""

    def by(kind: str, key: str) -> dict[str, Json]:
        return {str(document[key]): document for document in store.list(kind)}

    def chosen() -> Answers:
        return Answers({str(one["Switch"]): str(one["Answer"]) for one in store.list(BEHAVIOUR)})

    return Inventory(
        load_balancers=by("alb.load_balancer", "LoadBalancerId"),
        listeners=tuple(store.list("alb.listener")),
        rules=_rules(store.list("alb.rule")),
        scripts=tuple(store.list("alb.script")),
        server_groups=by("alb.server_group", "ServerGroupId"),
        acls=by("alb.acl", "AclId"),
        security_groups=by("ecs.security_group", "SecurityGroupId"),
        security_policies=by("alb.security_policy", "SecurityPolicyId"),
        server_certificates=by("cloud.served_certificate", "CertId") | by("cas.server_certificate", "CertId"),
        ca_certificates=by("cloud.trusted_ca", "Identifier") | by("cas.ca_certificate", "Identifier"),
        instances=by("ecs.instance", "InstanceId"),
        behaviours=chosen(),
    )


def _rules(documents: list[Json]) -> dict[str, tuple[Json, ...]]:
    """Lower numbers win (alibaba-cloud.md §1.5)."""
    grouped: dict[str, list[Json]] = defaultdict(list)
    for rule in sorted(documents, key=lambda rule: int(rule.get("Priority") or 0)):
        grouped[rule["ListenerId"]].append(rule)
    return {listener: tuple(rules) for listener, rules in grouped.items()}


def forward_groups(actions: list[Json]) -> list[tuple[str, int]]:
    """Server groups and their weights in the ForwardGroup actions of a listener or rule."""
    configs = [action.get("ForwardGroupConfig") or {} for action in actions if action.get("Type") == "ForwardGroup"]
    tuples = [item for config in configs for item in config.get("ServerGroupTuples") or []]
    return [(item["ServerGroupId"], 100 if item.get("Weight") is None else int(item["Weight"])) for item in tuples]


def mirror_groups(actions: list[Json]) -> list[str]:
    """Server groups that get a copy of each request of a rule."""
    configs = [action.get("TrafficMirrorConfig") or {} for action in actions if action.get("Type") == "TrafficMirror"]
    tuples = [item for one in configs for item in (one.get("MirrorGroupConfig") or {}).get("ServerGroupTuples") or []]
    return [item["ServerGroupId"] for item in tuples]


def groups_of(inventory: Inventory, listener: Json) -> list[str]:
    """Ids of every server group that a listener's default action or rules forward or copy to, each once."""
    actions = list(listener.get("DefaultActions") or [])
    for rule in inventory.rules.get(listener["ListenerId"], ()):
        actions += rule.get("RuleActions") or []
    return list(dict.fromkeys([*(group for group, _ in forward_groups(actions)), *mirror_groups(actions)]))


def is_served(inventory: Inventory, listener: Json) -> bool:
    """Whether the listener is switched on and its load balancer exists.

    One that is stopped stays shut while it is changed: `StatusAfter` says where Configuring leads.
    """
    status = listener.get("ListenerStatus")
    settled = listener.get("StatusAfter") if status in ("Configuring", "Provisioning") else status
    return settled != "Stopped" and listener["LoadBalancerId"] in inventory.load_balancers
