"""Answers of an authoritative server for a set of zones (RFC 1034 §4.3.2); pure."""

from dnslib import QTYPE, RCODE, RR, DNSRecord

from local.dns.zones import Record, Zone, type_number

LONGEST_CHAIN = 8
"""CNAMEs followed in one answer; a loop ends there."""
NOT_ANSWERED = ("AXFR", "IXFR")


def answer(request: DNSRecord, zones: list[Zone]) -> DNSRecord:
    """The reply to a request. What lies outside the zones is REFUSED."""
    reply = request.reply(ra=0)
    name, kind = str(request.q.qname).rstrip(".").lower(), QTYPE[request.q.qtype]
    zone = find_zone(name, zones)
    if zone is None or kind in NOT_ANSWERED:
        reply.header.rcode, reply.header.aa = RCODE.REFUSED, 0
        return reply
    _resolve(reply, zone, name, kind, zones)
    return reply


def find_zone(name: str, zones: list[Zone]) -> Zone | None:
    """The zone with the longest origin that the name lies in."""
    matching = [zone for zone in zones if name == zone.origin or name.endswith(f".{zone.origin}")]
    return max(matching, key=lambda zone: len(zone.origin), default=None)


def _resolve(reply: DNSRecord, zone: Zone, name: str, kind: str, zones: list[Zone]) -> None:
    """Follows CNAMEs as far as our own zones go."""
    for _ in range(LONGEST_CHAIN):
        records = zone.find(name)
        alias = next((item for item in records or [] if item.kind == "CNAME" and kind not in ("CNAME", "ANY")), None)
        if alias is None:
            _finish(reply, zone, name, kind, records)
            return
        _add(reply, name, alias)
        name = str(alias.data.label).rstrip(".").lower()
        following = find_zone(name, zones)
        if following is None:
            return
        zone = following


def _finish(reply: DNSRecord, zone: Zone, name: str, kind: str, records: list[Record] | None) -> None:
    found = [item for item in records or [] if kind in (item.kind, "ANY")]
    for item in found:
        _add(reply, name, item)
    if found:
        return
    if records is None:
        reply.header.rcode = RCODE.NXDOMAIN
    for item in zone.names.get(zone.origin, []):
        if item.kind == "SOA":
            reply.add_auth(_rr(zone.origin, item))


def _add(reply: DNSRecord, name: str, record: Record) -> None:
    reply.add_answer(_rr(name, record))


def _rr(name: str, record: Record) -> RR:
    return RR(name, type_number(record.kind), rdata=record.data, ttl=record.ttl)
