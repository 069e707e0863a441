"""From lines about a certificate to causes, and which cause is said first."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_PATTERNS = (
    (r"RSASSA-PSS, which BoringSSL", "key.pss"),
    (r"curve given by its parameters|written in short", "key.explicit-curve"),
    (
        r"key: found (an RSA (exponent|modulus|key)|an even|.*close together)|even RSA exponent|exponent below 3",
        "key.weak",
    ),
    (r"key: found rsa-(\d|\d\d|\d{3}|1\d{3}|20[0-3]\d|204[0-7]);", "key.small-rsa"),
    (r"key: found ecdsa-", "key.curve"),
    (r"key: found", "key.unknown"),
    (r"signature: found RSASSA-PSS", "signature.pss-salt"),
    (r"signature: found (SHA|MD)", "signature.weak"),
    (r"signature: found", "signature.unknown"),
    (r"cannot be read", "client.unreadable"),
    (r"found a CA certificate; allowed a client's", "purpose.ca-as-client"),
    (r"chain: certificate \d+: (version|basicConstraints|keyUsage): ", "issuer.not-a-ca"),
    (r"chain: certificate \d+: validity: ", "date.issuer"),
    (r"^validity: begins", "date.not-yet-valid"),
    (r"^validity: expired", "date.expired"),
    (r"chain: extendedKeyUsage of", "purpose.issuer"),
    (r"extendedKeyUsage: does not include clientAuth|nsCertType", "purpose.no-client-auth"),
    (r"keyUsage: found no digitalSignature", "purpose.no-signature"),
    (r"allows \d+ CAs below it", "path.too-long"),
    (r"outside the name constraints", "names.constrained"),
    (r"found a common name alone", "names.none-below-constraints"),
    (r"extension [0-9.]+: is critical", "extension.unknown-critical"),
    (r"which a TLS library refuses", "extension.odd"),
    (r"own name, which verifiers take for self-signed", "client.self-signed"),
)
"""What a line of `mtlsedge_components.x509` says -> the cause; the first that fits."""
_FIRST = ("client.", "key.", "signature.", "chain.", "ca.", "generation.", "issuer.", "date.")
"""Kinds of cause in the order in which they are said; verifiers stop at the first."""
ADVICE = ("key.weak",)
"""What no TLS library refuses, and this project does: said beside the verdict."""


@dataclass(frozen=True)
class Finding:
    """A cause, and the line that shows it."""

    cause: str
    evidence: str


def classified(lines: Iterable[str]) -> list[Finding]:
    """Each line with its cause; a line that is about who signed whom has none, for the path says that better."""
    return [
        Finding(cause, line)
        for line in lines
        if (cause := next((name for pattern, name in _PATTERNS if re.search(pattern, line)), ""))
    ]


def main_of(findings: Iterable[Finding]) -> Finding | None:
    """The finding for which a listener refuses; None if it has no reason to."""
    return next((found for found in findings if found.cause not in ADVICE), None)


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """The one to say first comes first; each cause once."""
    ranked = sorted(
        findings, key=lambda found: next((n for n, kind in enumerate(_FIRST) if found.cause.startswith(kind)), 99)
    )
    seen: dict[str, Finding] = {}
    for found in ranked:
        seen.setdefault(found.cause, found)
    return list(seen.values())
