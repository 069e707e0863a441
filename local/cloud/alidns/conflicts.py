"""Which records may share a host and a line (alibaba-cloud.md §3.2). Pure."""

from collections.abc import Iterable

from local.cloud.store import Document

_FAMILY = {"REDIRECT_URL": "URL", "FORWARD_URL": "URL", "SVCB": "SVCB", "HTTPS": "SVCB"}
_APEX_FORBIDDEN = {
    frozenset(pair)
    for pair in (
        ("CNAME", "ALIAS"), ("CNAME", "A"), ("CNAME", "URL"), ("CNAME", "AAAA"), ("CNAME", "SRV"), ("CNAME", "CAA"),
        ("CNAME", "SVCB"), ("ALIAS", "A"), ("ALIAS", "URL"), ("ALIAS", "AAAA"), ("A", "URL"), ("URL",),
    )
}  # fmt: skip
"""Pairs the published table forbids at `@`; there CNAME tolerates MX and TXT."""


def conflicting(new: Document, others: Iterable[Document]) -> list[Document]:
    """The records of the same host and line that cannot stand beside `new`."""
    beside = [other for other in others if (other["RR"], other["Line"]) == (new["RR"], new["Line"])]
    return [other for other in beside if _forbidden(new["RR"], _family(new), _family(other))]


def _family(record: Document) -> str:
    type_: str = record["Type"]
    return _FAMILY.get(type_, type_)


def _forbidden(host: str, one: str, other: str) -> bool:
    """Below the apex the RFC rule holds: a CNAME stands alone (several CNAMEs are one weighted set)."""
    if host != "@" and "CNAME" in (one, other):
        return one != other
    return frozenset((one, other)) in _APEX_FORBIDDEN
