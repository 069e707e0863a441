"""Alidns of the local cloud: DNS records."""

import ipaddress
import re
from collections.abc import Callable

from local.cloud.actions import Call, Response, action
from local.cloud.alidns import conflicts, domains
from local.cloud.documents import next_number, now_milliseconds, numbered_page, require
from local.cloud.errors import missing, refused
from local.cloud.products import ALIDNS
from local.cloud.store import Document

KIND = "alidns.record"
FIRST_ID = 910_000_000_000_000_001
TYPES = frozenset(
    {"A", "AAAA", "CNAME", "MX", "TXT", "NS", "SRV", "CAA", "REDIRECT_URL", "FORWARD_URL", "SVCB", "HTTPS", "ALIAS"}
)
_HOST = re.compile(r"@|(\*|\*?[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?){0,9}")
_TARGET = re.compile(r"(?=.{1,254}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.?")
_NAME_VALUED = ("CNAME", "NS", "MX", "ALIAS")


@action(ALIDNS, "AddDomainRecord", source="docs", writes=True)
def add_domain_record(call: Call) -> Response:
    """Add a record; refused when it is there already or cannot stand beside what is."""
    zone = domains.find(call, call.parameters.required("DomainName"))
    document = {
        "RecordId": str(next_number(call.store, "record", FIRST_ID)),
        "DomainName": zone["DomainName"],
        "Status": "ENABLE",
        "Locked": False,
        "CreateTimestamp": now_milliseconds(),
        **_content(call, zone),
    }
    _check_beside(call, document)
    call.store.put(KIND, document["RecordId"], document)
    return {"RecordId": document["RecordId"]}


@action(ALIDNS, "UpdateDomainRecord", source="docs", writes=True)
def update_domain_record(call: Call) -> Response:
    """Change a record in place; DomainRecordDuplicate when nothing differs."""
    before = find(call, call.parameters.required("RecordId"))
    zone = domains.find(call, before["DomainName"])
    kept = {key: value for key, value in before.items() if key != "Priority"}  # of a mail exchange only
    after = {**kept, **_content(call, zone), "UpdateTimestamp": now_milliseconds()}
    if all(after.get(key) == before.get(key) for key in ("RR", "Type", "Value", "TTL", "Line", "Priority")):
        raise _duplicate()
    _check_beside(call, after)
    call.store.put(KIND, after["RecordId"], after)
    return {"RecordId": after["RecordId"]}


@action(ALIDNS, "DescribeDomainRecordInfo", source="provider source")
def describe_domain_record_info(call: Call) -> Response:
    """One record."""
    record = find(call, call.parameters.required("RecordId"))
    zone = domains.find(call, record["DomainName"])
    group = {"GroupId": zone.get("GroupId", ""), "GroupName": ""}
    shown = {key: value for key, value in _shown(record).items() if not key.endswith("Timestamp")}
    return {**group, **shown, "DomainId": zone["DomainId"], "PunyCode": zone["PunyCode"]}


@action(ALIDNS, "DescribeDomainRecords", source="sdk model")
def describe_domain_records(call: Call) -> Response:
    """The records of a zone, filtered by host, type, value (parts, or whole with SearchMode EXACT), line, status."""
    zone = domains.find(call, call.parameters.required("DomainName"))["DomainName"]
    fits = _filter(call)
    found = [record for record in call.store.list(KIND) if record["DomainName"] == zone and fits(record)]
    return _record_page(call, found)


@action(ALIDNS, "DescribeSubDomainRecords", source="sdk model")
def describe_sub_domain_records(call: Call) -> Response:
    """The records of one full host name."""
    name = call.parameters.required("SubDomain").lower().rstrip(".")
    type_ = call.parameters.text("Type").upper()
    found = [r for r in call.store.list(KIND) if _full_name(r) in (name, f"@.{name}") and type_ in ("", r["Type"])]
    return _record_page(call, found, "CreateTimestamp", "LbaStatus")


@action(ALIDNS, "SetDomainRecordStatus", source="provider source", writes=True)
def set_domain_record_status(call: Call) -> Response:
    """Switch a record on or off. Requests say ENABLE, the answer Enable; both are the real service's."""
    record = find(call, call.parameters.required("RecordId"))
    wanted = call.parameters.text("Status").upper()
    if wanted not in ("ENABLE", "DISABLE"):
        raise refused("InvalidStatus", "The status must be Enable or Disable.")
    call.store.put(KIND, record["RecordId"], {**record, "Status": wanted})
    return {"RecordId": record["RecordId"], "Status": wanted.title()}


@action(ALIDNS, "UpdateDomainRecordRemark", source="provider source", writes=True)
def update_domain_record_remark(call: Call) -> Response:
    """Set or clear the remark."""
    record = find(call, call.parameters.required("RecordId"))
    call.store.put(KIND, record["RecordId"], {**record, "Remark": call.parameters.text("Remark")})
    return {}


@action(ALIDNS, "DeleteDomainRecord", source="provider source", writes=True)
def delete_domain_record(call: Call) -> Response:
    """Remove a record."""
    record = find(call, call.parameters.required("RecordId"))
    call.store.delete(KIND, record["RecordId"])
    return {"RecordId": record["RecordId"]}


def find(call: Call, id: str) -> Document:
    """The record, or the code the provider takes for "gone"."""
    error = refused("DomainRecordNotBelongToUser", "The specified DNS record does not belong to this account.")
    return require(call.store, KIND, id, error)


def _content(call: Call, zone: Document) -> Document:
    """The checked fields of a record."""
    parameters = call.parameters
    type_ = parameters.choice("Type", TYPES)
    host = parameters.required("RR").lower()
    if not _HOST.fullmatch(host):
        raise refused("InvalidRR.Format", "The format of the host record is not valid.")
    content: Document = {
        "RR": host,
        "Type": type_,
        "Value": _valid_value(type_, parameters.required("Value")),
        "TTL": parameters.integer("TTL", 0, 2**31 - 1, domains.MINIMUM_TTL),
        "Line": parameters.text("Line") or "default",
    }
    if not zone["MinTtl"] <= content["TTL"] <= domains.MAXIMUM_TTL:
        raise refused("QuotaExceeded.TTL", f"The TTL must be from {zone['MinTtl']} to {domains.MAXIMUM_TTL} seconds.")
    parameters.text("Priority")  # clients send it with any type; it counts for a mail exchange
    if type_ == "MX":
        if not parameters.text("Priority"):
            raise missing("Priority")
        content["Priority"] = parameters.integer("Priority", 1, 50)
    return content


def _valid_value(type_: str, value: str) -> str:
    """The value as it is kept: names lose their trailing dot, as the provider expects."""
    if type_ in ("A", "AAAA"):
        _valid_address(value, 4 if type_ == "A" else 6)
    elif type_ in _NAME_VALUED:
        value = value.rstrip(".")
        if not _TARGET.fullmatch(value.lower()):
            raise _bad_value("a domain name is expected")
    elif type_ == "TXT" and len(value) > 512:
        raise _bad_value("at most 512 characters")
    return value


def _valid_address(value: str, version: int) -> None:
    try:
        if ipaddress.ip_address(value).version == version:
            return
    except ValueError:
        pass
    raise _bad_value(f"an IPv{version} address is expected")


def _bad_value(reason: str) -> Exception:
    return refused("DnsRecordInvalid.Value", f"The value of the DNS record is not valid: {reason}.")


def _duplicate() -> Exception:
    return refused("DomainRecordDuplicate", "The DNS record already exists.")


def _check_beside(call: Call, new: Document) -> None:
    others = [
        record
        for record in call.store.list(KIND)
        if record["DomainName"] == new["DomainName"] and record["RecordId"] != new["RecordId"]
    ]
    same = ("RR", "Type", "Value", "Line")
    if any(all(other[key] == new[key] for key in same) for other in others):
        raise _duplicate()
    if conflicts.conflicting(new, others):
        raise refused("DomainRecordConflict", "The DNS record conflicts with another record of the same host and line.")


def _filter(call: Call) -> Callable[[Document], bool]:
    """All of it is read here, also when there is nothing to filter."""
    exact = call.parameters.text("SearchMode").upper() == "EXACT"
    parts = {"RRKeyWord": "RR", "ValueKeyWord": "Value", "KeyWord": "RR"}
    whole = {"TypeKeyWord": "Type", "Type": "Type", "Line": "Line", "Status": "Status"}
    words = {name: word for name in (*parts, *whole) if (word := call.parameters.text(name).lower())}

    def fits(record: Document) -> bool:
        return all(
            word == str(record[whole[name]]).lower()
            if name in whole
            else _holds(str(record[parts[name]]).lower(), word, exact=exact)
            for name, word in words.items()
        )

    return fits


def _holds(text: str, word: str, *, exact: bool) -> bool:
    return word == text if exact else word in text


def _record_page(call: Call, found: list[Document], *hidden: str) -> Response:
    balanced = {"LbaStatus": False, "Weight": 1}
    rows = [
        {key: value for key, value in {**balanced, **_shown(record)}.items() if key not in hidden} for record in found
    ]
    page, counters = numbered_page(call.parameters, rows, default=20)
    return {"DomainRecords": {"Record": page}, **counters}


def _shown(record: Document) -> Response:
    return {"Remark": "", **record}


def _full_name(record: Document) -> str:
    return f"{record['RR']}.{record['DomainName']}"
