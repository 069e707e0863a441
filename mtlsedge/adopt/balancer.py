"""From what was found to a draft of a stack file, part by part."""

from typing import Any

from mtlsedge.adopt.access import add_access
from mtlsedge.adopt.account import Found, Listener
from mtlsedge.adopt.draft import Draft
from mtlsedge.adopt.http import add_http
from mtlsedge.adopt.https import add_https
from mtlsedge.adopt.records import add_records

ALB_CONFIG_TAG = "ingress.k8s.alibaba/albconfig"
"""What the ALB Ingress controller marks a load balancer with that is an AlbConfig's."""


def draft(found: Found, wanted_listener: str = "") -> Draft:
    """The draft for a load balancer; `wanted_listener` names one of several HTTPS listeners."""
    made = Draft()
    _add_balancer(made, found)
    https = _choose(made, found, wanted_listener)
    if https is None:
        return made
    add_https(made, found, https)
    http = add_http(made, found, https)
    managed = {"https": https, **({"http": http} if http else {})}
    add_access(made, found, managed)
    add_records(made, found)
    _list_others(made, found, [one.id for one in managed.values()])
    return made


def _add_balancer(made: Draft, found: Found) -> None:
    balancer = found.balancer
    identifier = str(balancer["LoadBalancerId"])
    if balancer.get("LoadBalancerEdition") == "Basic":
        made.refused.append(f"{identifier}: found the Basic edition, which has no mutual authentication; "
                            "allowed Standard or StandardWithWaf")  # fmt: skip
    for tag in balancer.get("Tags") or []:
        if tag.get("Key") == ALB_CONFIG_TAG:
            name = str(tag.get("Value"))
            made.refused.append(f"{identifier}: found to be AlbConfig {name}'s; allowed one that no cluster owns: "
                                f"mtlsedge adopt --albconfig {name.rpartition('/')[2]}")  # fmt: skip
    zones = {one["ZoneId"]: one["VSwitchId"] for one in balancer.get("ZoneMappings") or []}
    made.settings["network"] = {"vpcId": balancer["VpcId"], "zones": dict(sorted(zones.items()))}
    made.settings["loadBalancer"] = _balancer(found)
    for group in balancer.get("SecurityGroupIds") or []:
        made.adopt[f"load-balancer-security-group/{group}"] = f"{identifier}:{group}"
    made.take("load-balancer", identifier, str(balancer.get("LoadBalancerName") or ""))


def _balancer(found: Found) -> dict[str, Any]:
    balancer = found.balancer
    log = balancer.get("AccessLogConfig") or {}
    groups = sorted(balancer.get("SecurityGroupIds") or [])
    return {
        "edition": balancer.get("LoadBalancerEdition"),
        "addressType": balancer.get("AddressType"),
        "deletionProtection": bool((balancer.get("DeletionProtectionConfig") or {}).get("Enabled")),
        **({"securityGroups": groups} if groups else {}),
        **({"accessLog": {"project": log["LogProject"], "store": log["LogStore"]}} if log.get("LogProject") else {}),
    }


def _choose(made: Draft, found: Found, wanted: str) -> Listener | None:
    """The HTTPS listener that is meant: the one asked for, the only one, or the only one that verifies clients."""
    secure = [one for one in found.listeners if one.protocol == "HTTPS"]
    verifying = [one for one in secure if one.document.get("CaEnabled")]
    for choice in ([one for one in secure if one.id == wanted] if wanted else secure, [] if wanted else verifying):
        if len(choice) == 1:
            return choice[0]
    known = ", ".join(one.label for one in secure) or "none"
    made.refused.append(f"{found.balancer['LoadBalancerId']}: found as HTTPS listeners {known}; allowed one, "
                        "named with --listener where several verify clients")  # fmt: skip
    return None


def _list_others(made: Draft, found: Found, managed: list[str]) -> None:
    for listener in found.listeners:
        if listener.id in managed:
            continue
        guarded = listener.protocol == "HTTPS" and listener.document.get("CaEnabled")
        warning = "" if guarded else ". It asks for no client certificate: see that it leads to nothing you guard"
        made.outside.append(f"{listener.label}: a stack file has one HTTPS listener, and an HTTP listener that "
                            f"redirects to it{warning}")  # fmt: skip
