"""Certificates that are made anew, and why: the words for the reasons the certificate provider gives."""

from collections.abc import Iterator
from dataclasses import dataclass

from mtlsedge.preview import vocabulary as t
from mtlsedge.preview.events import Change, Preview

REASONS = {
    "subject": "another subject",
    "names": "other alternative names",
    "public_key_pem": "another key",
    "csr_pem": "another signing request",
    "issuer_certificate_pem": "another issuer",
    "parent_identifier": "another issuer",
    "generation": "asked for by its generation",
    "profile": "another profile",
    "path_length": "another path length",
    "renew_before_days": "its renewal window cannot be read",
}


@dataclass(frozen=True)
class Renewal:
    """A certificate that is replaced."""

    name: str
    why: str
    until: str
    """Day on which the present one ends, ISO 8601; empty if unknown."""


def find(preview: Preview) -> list[Renewal]:
    """Replaced certificates: those the stack issues, then uploads of files that changed."""
    issued = [one for one in t.of_type(preview, t.CERTIFICATE, t.PCA_CLIENT) if one.operation == "replace"]
    parents = {one.parent for one in issued}
    uploads = [
        one
        for one in t.of_type(preview, t.UPLOADED_CERTIFICATE)
        if one.operation == "replace" and one.parent not in parents
    ]
    return [*(of(one) for one in issued), *_uploaded(uploads)]


def of(change: Change) -> Renewal:
    """The renewal of one certificate that the stack issues."""
    until = str(change.outputs.get("not_after", ""))[:10]
    steps = dict.fromkeys(path.split(".")[0].split("[")[0] for path in change.paths)
    reasons = [_reason(change, step) for step in steps]
    return Renewal(change.name, ", ".join(filter(None, reasons)) or "replaced", until)


def _reason(change: Change, step: str) -> str:
    old, new = change.old or {}, change.new or {}
    if step == "not_after":
        return f"its renewal window is open ({_days(new.get('renew_before_days'))} days before its end)"
    if step == "validity_days":
        return f"validity {_days(old.get(step))} → {_days(new.get(step))} days"
    return REASONS.get(step, "")


def _uploaded(changes: list[Change]) -> Iterator[Renewal]:
    for change in changes:
        is_another = "certificateName" in change.paths  # the name ends in digits of the content
        yield Renewal(change.name, "another certificate" if is_another else "replaced", "")


def _days(value: object) -> str:
    return f"{value:g}" if isinstance(value, int | float) else "?"
