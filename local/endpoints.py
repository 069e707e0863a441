"""What listens where, in the shape of design.md §7; pure functions of the store."""

from collections.abc import Mapping
from pathlib import Path

from local.proxy import inventory
from local.proxy.addresses import Placement
from local.proxy.inventory import Inventory, ReadableStore
from local.proxy.protobuf import Json

DEFAULT_PORTS = {"http": 80, "https": 443}
DEFAULT_PORT_MAP = "443:8443,80:8080"
"""Declared and actual ports while no listener exists."""
KUBERNETES_TAGS = ("ack.aliyun.com", "ingress.k8s.alibaba")
"""Tag keys that begin so mark what a cluster's controller owns."""


def describe(store: ReadableStore, placement: Placement, *, api: str, dns: str, kubeconfig: Path | str) -> Json:
    """The content of `.local/endpoints.json`."""
    seen = inventory.read(store)
    aliases = _aliases(store)
    served = [item for item in seen.listeners if inventory.is_served(seen, item)]
    listeners = [_listener(seen, placement, item, aliases) for item in served]
    return {"api": api, "dns": dns, "kubeconfig": str(kubeconfig), "listeners": listeners}


def port_map(description: Json) -> str:
    """`declared:actual` pairs of the listeners, each declared port once."""
    pairs: dict[int, int] = {}
    for item in description["listeners"]:
        pairs.setdefault(item["declaredPort"], item["port"])
    return ",".join(f"{declared}:{actual}" for declared, actual in pairs.items()) or DEFAULT_PORT_MAP


def _listener(seen: Inventory, placement: Placement, document: Json, aliases: Mapping[str, list[str]]) -> Json:
    balancer = seen.load_balancers[document["LoadBalancerId"]]
    address, port = placement.listener(balancer["LocalAddress"], document["ListenerPort"])
    hosts = _hosts(seen, document, aliases.get(str(balancer.get("DNSName")).lower(), []))
    return {
        "loadBalancerId": document["LoadBalancerId"],
        "owner": _owner(document, balancer),
        "protocol": document["ListenerProtocol"],
        "declaredPort": document["ListenerPort"],
        "address": address,
        "port": port,
        "hosts": hosts,
        "mutualAuthentication": document["ListenerProtocol"] == "HTTPS" and bool(document.get("CaEnabled")),
        "url": _url(str(document["ListenerProtocol"]).lower(), hosts[0] if hosts else address, port),
    }


def _aliases(store: ReadableStore) -> dict[str, list[str]]:
    """Host names by the name that their CNAME points at."""
    found: dict[str, list[str]] = {}
    for record in store.list("alidns.record"):
        if record["Type"] == "CNAME" and str(record.get("Status") or "ENABLE").upper() == "ENABLE":
            host = record["DomainName"] if record["RR"] == "@" else f"{record['RR']}.{record['DomainName']}"
            found.setdefault(str(record["Value"]).rstrip(".").lower(), []).append(host)
    return found


def _hosts(seen: Inventory, document: Json, named: list[str]) -> list[str]:
    """Names from DNS, then plain host names of the listener's rules."""
    conditions = [
        condition
        for rule in seen.rules.get(document["ListenerId"], ())
        for condition in rule.get("RuleConditions") or []
    ]
    ruled = [value for item in conditions if item["Type"] == "Host" for value in item["HostConfig"]["Values"]]
    return list(dict.fromkeys([*named, *(value for value in ruled if not set(value) & set("*?~"))]))


def _owner(document: Json, balancer: Json) -> str:
    """`kubernetes` for what a cluster's controller has tagged as its own."""
    keys = [str(tag.get("Key") or tag.get("TagKey")) for item in (document, balancer) for tag in item.get("Tags") or []]
    return "kubernetes" if any(key.startswith(KUBERNETES_TAGS) for key in keys) else "pulumi"


def _url(scheme: str, host: str, port: int) -> str:
    return f"{scheme}://{host}/" if port == DEFAULT_PORTS.get(scheme) else f"{scheme}://{host}:{port}/"
