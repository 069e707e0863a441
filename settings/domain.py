"""`mtlsedge:domain`: the DNS zone and the hosts in it that point at the load balancer."""

from dataclasses import dataclass

from mtlsedge_components import forms
from mtlsedge_components.naming import full_name
from mtlsedge_components.reading.declared import Choice, Flag, Setting, Shape, Text, Texts, Whole, setting
from mtlsedge_components.reading.nodes import Node, Section

EDITIONS = ("free", "personal", "enterprise-ultimate")
LONGEST_TTL = 86400
"""Seconds [alibaba-cloud.md §3.1]."""
OWNERSHIP_HOST = "alidnscheck"
"""Host of the TXT proof; a host that carries a CNAME carries nothing else [alibaba-cloud.md §3.2]."""


@dataclass(frozen=True)
class Domain:
    """A DNS zone and the hosts in it that point at the load balancer; TTL in seconds.

    `create` adds the zone to the account (and retains it on destroy). `prove_ownership` publishes
    the TXT proof first: needed when the zone is not the account's own yet.
    """

    zone: str = setting(Text(forms.HOST), "the zone", "DNS", allowed="a host name")
    names: tuple[str, ...] = setting(
        Texts(forms.RECORD_HOST, fewest=1), "a CNAME each, to the load balancer", "DNS",
        allowed="hosts in the zone, `@` is the zone itself, `*` allowed; not `alidnscheck`",
    )  # fmt: skip
    ttl: int = setting(
        Whole(1, LONGEST_TTL, "seconds"), "how long answers are kept; the zone's own minimum has the last word", "DNS",
        default=600, allowed=f"600 to {LONGEST_TTL}; from 1 with `enterprise-ultimate`",
    )  # fmt: skip
    create: bool = setting(Flag(), "adds the zone to the account; a destroy keeps it", "ours", default=False)
    prove_ownership: bool = setting(
        Flag(), "says which TXT record proves the zone, and waits until it is published", "DNS", default=False
    )


DOMAIN = Shape.of(Domain).beside(
    {"zoneEdition": Setting(Choice(EDITIONS), "edition of the zone", "DNS", default="free")},
    first=("zone", "names", "ttl", "zoneEdition"),
)
ZONE = DOMAIN.without("names")
"""A zone whose hosts are said elsewhere."""


def read_domain(node: Node) -> Domain | None:
    """The domain, or None when absent.

    `zoneEdition` says which edition of Alibaba Cloud DNS the zone has: only `enterprise-ultimate` may go below a
    TTL of 600 s. It is believed here; the zone's own minimum is read, and has the last word, when records are made.
    """
    if node.value is None:
        return None
    section = DOMAIN.section(node)
    zone = DOMAIN.value(section, "zone")
    made: Domain = DOMAIN.make(section, zone=zone, names=_read_names(section, zone), ttl=_read_ttl(section))
    return made


def read_zone(node: Node) -> Domain | None:
    """A zone whose hosts are said elsewhere, or None when absent."""
    if node.value is None:
        return None
    section = ZONE.section(node)
    made: Domain = ZONE.make(section, names=(), ttl=_read_ttl(section))
    return made


def full_names(domain: Domain | None) -> tuple[str, ...]:
    """The hosts of a domain with their zone: `www` in example.com is www.example.com, `@` is example.com."""
    if domain is None or not domain.zone:
        return ()
    return tuple(full_name(name, domain.zone) for name in domain.names if name)


def host_part(host: str, zone: str) -> str:
    """The reverse: what a host of the zone is called in it."""
    return "@" if host == zone else host.removesuffix(f".{zone}")


def _read_names(section: Section, zone: str) -> tuple[str, ...]:
    names = section.texts("names", forms.RECORD_HOST)
    if not names:
        section["names"].refuse("at least one host, such as www")
    for index, name in enumerate(names):
        item = section["names"].child(index, name)
        if name.split(".")[0] == OWNERSHIP_HOST:
            item.refuse(f"a host other than {OWNERSHIP_HOST}, where the proof of ownership (TXT) stands")
        if zone and f".{name}".endswith(f".{zone}"):
            item.refuse(host_part(name, zone), found=f"{name!r}, which ends in the zone")
        elif len(f"{name}.{zone}") > 253:
            item.refuse("a host of at most 253 characters together with its zone")
    return names


def _read_ttl(section: Section) -> int:
    edition = DOMAIN.value(section, "zoneEdition")
    shortest = 1 if edition == "enterprise-ultimate" else 600
    hint = "" if shortest == 1 else "; from 1 only with zoneEdition: enterprise-ultimate"
    return section.integer("ttl", shortest, LONGEST_TTL, "seconds", default=Domain.ttl, hint=hint)
