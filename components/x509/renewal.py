"""When a certificate is made anew: its identity changed, or its renewal window has opened.

Works on the plain property maps a dynamic resource has in `diff`: outputs of the last run and
inputs of this one, where an unknown value is some marker text and integers may be floats.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from mtlsedge_components.x509.errors import CertificateError
from mtlsedge_components.x509.facts import inspect
from mtlsedge_components.x509.pem import blocks_alone
from mtlsedge_components.x509.profiles import RULES, Profile

IDENTITY = (
    "profile",
    "subject",
    "names",
    "validity_days",
    "path_length",
    "name_constraints",
    "public_key_pem",
    "csr_pem",
    "issuer_certificate_pem",
    "generation",
)
"""Properties that make a certificate what it is; a change of one makes another certificate.

`renew_before_days` is not among them: it is a policy about the certificate, read anew in each run.
"""


def identity_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Names of the identity properties that differ; what is absent equals what is empty."""
    return [key for key in IDENTITY if _canonical(old.get(key)) != _canonical(new.get(key))]


def reasons_to_replace(old: Mapping[str, Any], new: Mapping[str, Any], now: datetime) -> list[str]:
    """Names of the properties that force a new certificate; an empty list means keep it.

    `old` holds the outputs of the last run (`not_after` among them), `new` the inputs of this one.
    Time alone never replaces a CA: that would lock out every client at once, so a CA is followed by
    another generation instead. Nor does it replace a certificate that already lasts as long as its
    issuer, because the next one could not last longer.
    """
    reasons = identity_changes(old, new)
    if _is_ca(new) or (not reasons and _outlasts_issuer(old, new)):
        return reasons
    return [*reasons, *_window_reasons(old.get("not_after"), new.get("renew_before_days"), now)]


def renewal_notice(old: Mapping[str, Any], new: Mapping[str, Any], now: datetime) -> str:
    """Why and since when a certificate is renewed, for people; "" if it stays, or is replaced for what it says."""
    end = _moment(old.get("not_after"))
    if end is None or reasons_to_replace(old, new, now) != ["not_after"]:
        return ""
    days = int(float(new.get("renew_before_days") or 0))
    state = "expired on" if now >= end else "ends on"
    return (
        f"{old.get('profile')} certificate of {_holder(old)} is renewed: it {state} {end:%Y-%m-%d %H:%M} UTC, and its"
        f" window of {days} days opened on {end - timedelta(days=days):%Y-%m-%d}"
    )


def _holder(properties: Mapping[str, Any]) -> str:
    subject = properties.get("subject")
    return str(subject.get("common_name")) if isinstance(subject, Mapping) else "an unknown holder"


def _window_reasons(not_after: object, renew_before_days: object, now: datetime) -> list[str]:
    """A window or an end that cannot be read counts as open, so that nothing expires unnoticed."""
    try:
        window = timedelta(days=float(renew_before_days or 0))  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return ["renew_before_days"]
    end = _moment(not_after)
    return ["not_after"] if end is None or now >= end - window else []


def _is_ca(new: Mapping[str, Any]) -> bool:
    profile = new.get("profile")
    return profile in list(Profile) and RULES[Profile(profile)].is_ca


def _outlasts_issuer(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    try:
        issuer_end = _moment(inspect(new.get("issuer_certificate_pem") or "").not_after)
    except CertificateError:
        return False
    end = _moment(old.get("not_after"))
    return end is not None and issuer_end is not None and end >= issuer_end


def _moment(text: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _canonical(value: Any) -> Any:
    """A value without what does not matter: empty entries, order in lists, and all of a PEM text but its blocks."""
    if isinstance(value, Mapping):
        entries = {key: _canonical(entry) for key, entry in value.items()}
        return {key: entry for key, entry in entries.items() if entry is not None} or None
    if isinstance(value, list | tuple):
        return sorted(map(str, value)) or None
    if isinstance(value, str):
        return "".join((blocks_alone(value) or value).split()) if "-----BEGIN" in value else value or None
    return value
