"""Reads a load balancer and everything on it through the vendor's API. Only reads."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from mtlsedge.adopt.draft import Document
from mtlsedge.cloud import Cloud
from mtlsedge.errors import CommandError


@dataclass(frozen=True)
class Listener:
    """A listener with its rules, its additional certificates, and its access control."""

    document: Document
    rules: tuple[Document, ...] = ()
    additional: tuple[str, ...] = ()
    """Identifiers of certificates chosen by SNI."""

    @property
    def id(self) -> str:
        """`lsn-…`."""
        return str(self.document["ListenerId"])

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self.document["ListenerPort"])

    @property
    def protocol(self) -> str:
        """HTTP, HTTPS or QUIC."""
        return str(self.document["ListenerProtocol"])

    @property
    def label(self) -> str:
        """How people speak of it."""
        return f"listener {self.port}/{self.protocol} ({self.id})"

    @property
    def default_group(self) -> str:
        """The server group that gets what no rule sends elsewhere; empty if that is not one group."""
        actions = self.document.get("DefaultActions") or []
        groups = group_ids(actions)
        return groups[0] if len(actions) == 1 and len(groups) == 1 else ""

    @property
    def acls(self) -> tuple[str, list[str]]:
        """White or Black, and the ids of the lists."""
        config = self.document.get("AclConfig") or {}
        return str(config.get("AclType") or ""), [one["AclId"] for one in config.get("AclRelations") or []]


@dataclass(frozen=True)
class Found:
    """All that is known of one load balancer."""

    balancer: Document
    listeners: tuple[Listener, ...]
    groups: dict[str, Document] = field(default_factory=dict)
    """Server groups that are forwarded to, by id; `Servers` is added to each."""
    acls: dict[str, Document] = field(default_factory=dict)
    """Access control lists, by id; `AclEntries` is added to each."""
    certificates: dict[str, Document] = field(default_factory=dict)
    """Server certificates by identifier; empty where the service has none of that id."""
    records: tuple[Document, ...] = ()
    """CNAMEs that point at it, of all zones."""


def read(cloud: Cloud, identifier: str) -> Found:
    """Everything about the load balancer `identifier`; raises CommandError if there is none."""
    balancer = cloud.call("alb", "GetLoadBalancerAttribute", {"LoadBalancerId": identifier})
    listeners = tuple(_listener(cloud, one["ListenerId"]) for one in _listed(cloud, identifier))
    groups = {group for listener in listeners for group in _forwarded(listener)}
    acls = {acl for listener in listeners for acl in listener.acls[1]}
    certificates = {one for listener in listeners for one in _certificates(listener)}
    return Found(
        balancer=balancer,
        listeners=listeners,
        groups={one["ServerGroupId"]: one for one in _groups(cloud, sorted(groups))},
        acls={one["AclId"]: one for one in _acls(cloud, acls)},
        certificates={one: certificate(cloud, one) for one in sorted(certificates)},
        records=tuple(_records(cloud, str(balancer.get("DNSName", "")))),
    )


def account_id(cloud: Cloud) -> str:
    """The account whose credentials are used."""
    return str(cloud.call("sts", "GetCallerIdentity").get("AccountId") or "")


def group_ids(actions: Iterable[Document]) -> list[str]:
    """The server groups that actions forward to."""
    return [
        str(one["ServerGroupId"])
        for action in actions
        for one in (action.get("ForwardGroupConfig") or {}).get("ServerGroupTuples") or []
    ]


def _listed(cloud: Cloud, identifier: str) -> Iterator[Document]:
    return cloud.pages("alb", "ListListeners", "Listeners", {"LoadBalancerIds.1": identifier})


def _listener(cloud: Cloud, identifier: str) -> Listener:
    """The list of listeners says nothing of certificates and access control, so each is asked for."""
    document = cloud.call("alb", "GetListenerAttribute", {"ListenerId": identifier})
    rules = cloud.pages("alb", "ListRules", "Rules", {"ListenerIds.1": identifier})
    shown = (
        cloud.pages("alb", "ListListenerCertificates", "Certificates", {"ListenerId": identifier})
        if document["ListenerProtocol"] != "HTTP"
        else ()
    )
    return Listener(
        document,
        tuple(rule for rule in rules if rule["ListenerId"] == identifier),
        tuple(sorted(str(one["CertificateId"]) for one in shown if not one.get("IsDefault"))),
    )


def _forwarded(listener: Listener) -> list[str]:
    actions = [action for rule in listener.rules for action in rule.get("RuleActions") or []]
    return group_ids([*(listener.document.get("DefaultActions") or []), *actions])


def _certificates(listener: Listener) -> list[str]:
    return [*(str(one["CertificateId"]) for one in listener.document.get("Certificates") or []), *listener.additional]


def _groups(cloud: Cloud, identifiers: list[str]) -> Iterator[dict[str, Any]]:
    for identifier in identifiers:
        for group in cloud.pages("alb", "ListServerGroups", "ServerGroups", {"ServerGroupIds.1": identifier}):
            servers = cloud.pages("alb", "ListServerGroupServers", "Servers", {"ServerGroupId": identifier})
            yield {**group, "Servers": list(servers)}


def _acls(cloud: Cloud, identifiers: set[str]) -> Iterator[dict[str, Any]]:
    for acl in cloud.pages("alb", "ListAcls", "Acls") if identifiers else ():
        if acl["AclId"] in identifiers:
            entries = cloud.pages("alb", "ListAclEntries", "AclEntries", {"AclId": acl["AclId"]})
            yield {**acl, "AclEntries": list(entries)}


def certificate(cloud: Cloud, identifier: str) -> Document:
    """What the certificate service says of a server certificate."""
    number = identifier.partition("-")[0]
    if not number.isdigit():
        raise CommandError(f"certificate {identifier}: found no number in front; is it of another kind of listener?")
    return cloud.call("cas", "GetUserCertificateDetail", {"CertId": number})


def _records(cloud: Cloud, target: str) -> Iterator[Document]:
    for zone in cloud.pages("alidns", "DescribeDomains", "Domains.Domain") if target else ():
        query = {"DomainName": zone["DomainName"], "TypeKeyWord": "CNAME", "ValueKeyWord": target}
        for record in cloud.pages("alidns", "DescribeDomainRecords", "DomainRecords.Record", query):
            if record["Type"] == "CNAME" and str(record["Value"]).rstrip(".").lower() == target.lower():
                yield record
