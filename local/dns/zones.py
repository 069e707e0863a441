"""Zones and load-balancer names of the store as resource records; pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from dnslib import AAAA, CAA, CNAME, MX, NS, QTYPE, RD, SOA, SRV, TXT, A

from local.proxy.protobuf import Json

DEFAULT_TTL_SECONDS = 600
LOAD_BALANCER_TTL_SECONDS = 60
DEFAULT_NAME_SERVERS = ["ns1.alidns.com", "ns2.alidns.com"]
LONGEST_STRING_BYTES = 255
"""Longest character-string of a TXT record (RFC 1035 §3.3); longer values are split."""
SERVED_LINES = ("default", "")
"""Records for particular resolver lines are not served: everybody here is the default line."""


@dataclass(frozen=True)
class Record:
    """One resource record of a name."""

    kind: str
    data: RD
    ttl: int = DEFAULT_TTL_SECONDS


@dataclass(frozen=True)
class Zone:
    """Names (lower case, without the last dot) with their records."""

    origin: str
    names: Mapping[str, list[Record]] = field(default_factory=dict)

    def exists(self, name: str) -> bool:
        """Whether the name or anything below it has a record (empty non-terminals exist, RFC 4592 §2.2.2)."""
        return name in self.names or any(known.endswith(f".{name}") for known in self.names)

    def find(self, name: str) -> list[Record] | None:
        """The records of a name, those of the wildcard that stands for it, or None if there is no such name."""
        if self.exists(name):
            return self.names.get(name, [])
        encloser = name.partition(".")[2]
        while not self.exists(encloser) and encloser != self.origin:
            encloser = encloser.partition(".")[2]
        return self.names.get(f"*.{encloser}")


def _txt(value: str) -> RD:
    raw = value.strip('"').encode()
    return TXT([raw[start : start + LONGEST_STRING_BYTES] for start in range(0, len(raw) or 1, LONGEST_STRING_BYTES)])


def _srv(value: str) -> RD:
    order, weight, port, target = value.split()
    return SRV(int(order), int(weight), int(port), target)


def _caa(value: str) -> RD:
    flags, tag, text = value.split(maxsplit=2)
    return CAA(int(flags), tag, text.strip('"'))


DATA: dict[str, Callable[[str], RD]] = {
    "A": A,
    "AAAA": AAAA,
    "CNAME": lambda value: CNAME(value.rstrip(".")),
    "MX": lambda value: MX(value.rstrip(".")),
    "NS": lambda value: NS(value.rstrip(".")),
    "TXT": _txt,
    "SRV": _srv,
    "CAA": _caa,
}
"""Record types that are served; URL forwarding (REDIRECT_URL, FORWARD_URL) is a web service, not DNS."""


def build(domain: Json, records: list[Json]) -> Zone:
    """The zone of an `alidns.domain`: SOA and NS at the apex, then its enabled records."""
    origin = str(domain["DomainName"]).rstrip(".").lower()
    servers = (domain.get("DnsServers") or {}).get("DnsServer") or DEFAULT_NAME_SERVERS
    names: dict[str, list[Record]] = {origin: [_soa(servers[0]), *(Record("NS", NS(server)) for server in servers)]}
    for document in records:
        record = _record(document) if str(document["DomainName"]).lower() == origin else None
        if record:
            names.setdefault(_host(str(document["RR"]).lower(), origin), []).append(record)
    return Zone(origin, names)


def _soa(server: str) -> Record:
    return Record("SOA", SOA(server, "hostmaster.hichina.com", (1, 3600, 1200, 86400, DEFAULT_TTL_SECONDS)))


def _host(rr: str, origin: str) -> str:
    return origin if rr == "@" else f"{rr}.{origin}"


def _record(document: Json) -> Record | None:
    """None for what is switched off, of another line, of a type that is not served, or malformed."""
    kind = str(document.get("Type")).upper()
    enabled = str(document.get("Status") or "ENABLE").upper() == "ENABLE"
    if not enabled or kind not in DATA or str(document.get("Line") or "default") not in SERVED_LINES:
        return None
    try:
        data = DATA[kind](str(document["Value"]))
        if kind == "MX":
            data.preference = int(document.get("Priority") or 0)
    except (ValueError, KeyError):
        return None
    return Record(kind, data, int(document.get("TTL") or DEFAULT_TTL_SECONDS))


def load_balancer_zone(name: str, address: str) -> Zone:
    """A load balancer's DNS name: an A record of its own, and nothing below."""
    origin = name.rstrip(".").lower()
    return Zone(origin, {origin: [Record("A", A(address), LOAD_BALANCER_TTL_SECONDS)]})


def type_number(kind: str) -> int:
    """The DNS number of a record type."""
    return int(getattr(QTYPE, kind))
