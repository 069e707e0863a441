"""Lists the account's objects of the kinds a stack creates. Read-only."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mtlsedge.cloud import Cloud
from mtlsedge.orphans.finding import CloudObject

CA_REPOSITORY_TYPES = ("uploadCA", "uploadedAuthorityCertificate")
"""The type of a repository of uploaded CAs: the list's own word, and the creator's (alibaba-cloud.md §2.2)."""


@dataclass(frozen=True)
class Listing:
    """One list call: where the items are, and which keys hold id and name."""

    kind: str
    product: str
    action: str
    path: str
    id: str
    name: str
    roles: tuple[str, ...] = ()


LISTINGS = (
    Listing("VPC", "vpc", "DescribeVpcs", "Vpcs.Vpc", "VpcId", "VpcName", ("vpc",)),
    Listing("vSwitch", "vpc", "DescribeVSwitches", "VSwitches.VSwitch", "VSwitchId", "VSwitchName", ("vswitch",)),
    Listing(
        "security group", "ecs", "DescribeSecurityGroups", "SecurityGroups.SecurityGroup",
        "SecurityGroupId", "SecurityGroupName", ("security-group",),
    ),
    Listing("instance", "ecs", "DescribeInstances", "Instances.Instance", "InstanceId", "InstanceName"),
    Listing(
        "load balancer", "alb", "ListLoadBalancers", "LoadBalancers",
        "LoadBalancerId", "LoadBalancerName", ("load-balancer",),
    ),
    Listing(
        "server group", "alb", "ListServerGroups", "ServerGroups",
        "ServerGroupId", "ServerGroupName", ("server-group", "deny-group"),
    ),
    Listing(
        "listener", "alb", "ListListeners", "Listeners",
        "ListenerId", "ListenerDescription", ("listener", "http-listener"),
    ),
    Listing("rule", "alb", "ListRules", "Rules", "RuleId", "RuleName", ("rule", "redirect-rule")),
    Listing("access control list", "alb", "ListAcls", "Acls", "AclId", "AclName", ("acl",)),
)  # fmt: skip
"""Instances have no role here: they are named by their servers' names, and tagged in the call that creates them."""


def list_objects(cloud: Cloud, hosts: Mapping[str, frozenset[str]]) -> Iterator[CloudObject]:
    """Everything that could be the stack's; `hosts` are its zones, each with the host parts of the records in it."""
    balancers: dict[str, str] = {}
    for listing in LISTINGS:
        for item in cloud.pages(listing.product, listing.action, listing.path):
            yield CloudObject(listing.kind, item[listing.id], item.get(listing.name) or "", tags(item), listing.roles)
            if listing.kind == "load balancer":
                balancers[str(item.get("DNSName") or "").lower()] = item[listing.id]
    yield from _certificates(cloud)
    yield from _repositories(cloud)
    for zone, names in hosts.items():
        yield from _records(cloud, zone, names, balancers)


def _certificates(cloud: Cloud) -> Iterator[CloudObject]:
    """Server certificates that were uploaded; ALB knows them as `<id>-<site>`."""
    for item in cloud.pages("cas", "ListUserCertificateOrder", "CertificateOrderList", {"OrderType": "UPLOAD"}):
        yield CloudObject(
            "server certificate", str(item["CertificateId"]), item.get("Name") or "", roles=("server-certificate",)
        )


def _repositories(cloud: Cloud) -> Iterator[CloudObject]:
    """Repositories of uploaded CAs, and the CAs in them: those have no name that is told, their repository decides."""
    for item in cloud.pages("cas", "ListCertWarehouse", "CertWarehouseList"):
        if item.get("Type") not in CA_REPOSITORY_TYPES:
            continue
        repository, number = str(item["InstanceId"]), str(item["WhId"])
        name = item.get("Name") or ""
        yield CloudObject("CA repository", repository, name, roles=("ca-repository",), aliases=(number,))
        for held in cloud.pages("cas", "ListCert", "CertList", {"WarehouseId": number}):
            yield CloudObject("uploaded CA", str(held["Identifier"]), held.get("CommonName") or "", parent=repository)


def _records(cloud: Cloud, zone: str, hosts: frozenset[str], balancers: Mapping[str, str]) -> Iterator[CloudObject]:
    """CNAMEs of the stack's hosts that point at a load balancer of this account: whose that is decides."""
    for item in cloud.pages("alidns", "DescribeDomainRecords", "DomainRecords.Record", {"DomainName": zone}):
        target = str(item.get("Value") or "").rstrip(".").lower()
        if item.get("Type") == "CNAME" and item.get("RR") in hosts and target in balancers:
            name = f"{item['RR']}.{zone}"
            owner = balancers[target]
            yield CloudObject("DNS record", str(item["RecordId"]), name, parent=owner, known_parent_will_do=True)


def tags(item: Mapping[str, Any]) -> dict[str, str]:
    """An object's tags, in whichever of the three spellings the product uses."""
    listed = item.get("Tags") or ()
    if isinstance(listed, Mapping):
        listed = listed.get("Tag") or ()
    return {
        str(tag.get("Key") or tag.get("TagKey")): str(tag.get("Value") or tag.get("TagValue") or "") for tag in listed
    }
