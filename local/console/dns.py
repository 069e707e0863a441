"""Zones and records: what the Alibaba Cloud DNS console shows."""

from typing import Any

from local.console.layout import GOOD, IDLE, Body, code, lead, table, word
from local.console.markup import Child, joined
from local.console.sources import Sources, text

HEADS = ("Host", "Type", "Value", "TTL", "Line", "Status", "Remark")


def page(sources: Sources) -> Body:
    """A table for each zone."""
    records = sources.store.list("alidns.record")
    zones = [str(zone["DomainName"]) for zone in sources.store.list("alidns.domain")]
    tables = [
        table(zone, HEADS, (_row(one) for one in records if one["DomainName"] == zone), f"{zone} has no record.")
        for zone in zones
    ]
    about = lead("What the Alibaba Cloud DNS console shows. The local DNS server answers with these records.")
    return Body("dns", "DNS records", joined([about, *tables]))


def _row(record: dict[str, Any]) -> list[Child]:
    is_on = str(record.get("Status") or "ENABLE").upper() == "ENABLE"
    return [
        str(record["RR"]),
        str(record["Type"]),
        code(str(record["Value"])),
        f"{record.get('TTL', '-')} s",
        str(record.get("Line") or "default"),
        word(GOOD, "Enabled") if is_on else word(IDLE, "Disabled"),
        text(record, "Remark"),
    ]
