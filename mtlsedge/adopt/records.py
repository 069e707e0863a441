"""The DNS records that point at the load balancer: those of one zone with one TTL."""

from collections import Counter

from cryptography import x509

from mtlsedge.adopt.account import Found
from mtlsedge.adopt.draft import Document, Draft
from mtlsedge.adopt.https import parsed
from mtlsedge_components import forms
from settings.domain import EDITIONS

LOWEST_COMMON_TTL = 600
"""Seconds: every edition of Alibaba Cloud DNS takes this; a lower one is a mark of the highest edition."""


def add_records(draft: Draft, found: Found) -> None:
    """Put the records into the draft. Those another zone or TTL keeps out are listed."""
    names = _certificate_names(draft, found)
    reasons = {record["RecordId"]: _odd_record(record, names) for record in found.records}
    plain = [record for record in found.records if not reasons[record["RecordId"]]]
    chosen = Counter((str(one["DomainName"]), int(one["TTL"])) for one in plain).most_common(1)
    zone, ttl = chosen[0][0] if chosen else ("", 0)
    ours = [record for record in plain if (record["DomainName"], int(record["TTL"])) == (zone, ttl)]
    draft.outside += [
        f"record {_host(record)} ({record['RecordId']}): "
        + (reasons[record["RecordId"]] or f"a stack file has one zone and one TTL, here {zone} and {ttl}")
        for record in found.records
        if record not in ours
    ]
    if not ours:
        return
    draft.settings["domain"] = {"zone": zone, "names": sorted(str(one["RR"]) for one in ours), "ttl": ttl}
    if ttl < LOWEST_COMMON_TTL:
        draft.settings["domain"]["zoneEdition"] = EDITIONS[-1]
    for record in ours:
        draft.adopt[f"record/{record['RR']}"] = str(record["RecordId"])


def _odd_record(record: Document, names: list[str]) -> str:
    """Why no stack file can say this record; empty if one can."""
    if str(record.get("Status", "ENABLE")).upper() != "ENABLE":
        return "it is switched off"
    if record.get("Line", "default") != "default":
        return f"it is for the line {record.get('Line')}"
    if str(record["Value"]).endswith(".") or not str(record["Value"]).islower():
        return "its target is spelled in another way than the load balancer's name"
    if not forms.RECORD_HOST.accepts(str(record["RR"])):
        return "its host has an odd form"
    if not _covers(names, _host(record)):
        return "the server certificate is not for this host"
    return ""


def _host(record: Document) -> str:
    return str(record["DomainName"] if record["RR"] == "@" else f"{record['RR']}.{record['DomainName']}")


def _certificate_names(draft: Draft, found: Found) -> list[str]:
    identifier = draft.settings.get("serverCertificate", {}).get("id", "")
    certificate = parsed(found.certificates.get(identifier) or {})
    if certificate is None:
        return []
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return names.get_values_for_type(x509.DNSName)


def _covers(names: list[str], host: str) -> bool:
    """RFC 6125: a wildcard stands for exactly one label, the first."""
    return host in names or f"*.{host.partition('.')[2]}" in names
