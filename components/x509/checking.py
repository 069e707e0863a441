"""Judging what others made: CA and server certificates, keys that should fit, signing requests.

`…_problems` functions name every problem in one go and are empty if there is none; they never
raise, whatever text they are given. The others raise CertificateError for what they cannot read.
"""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from itertools import pairwise

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from mtlsedge_components.x509._authority import (
    authority_problems,
    belong_together,
    critical_problems,
    validity_problems,
)
from mtlsedge_components.x509._reading import (
    certificate_text,
    extension,
    load_certificate,
    load_chain,
    load_request,
    reading,
    request_text,
)
from mtlsedge_components.x509.errors import CertificateError
from mtlsedge_components.x509.facts import Facts, dns_names_of, inspect, purposes_of
from mtlsedge_components.x509.keys import held_key_problems, load_private_key, public_key_of, public_key_text
from mtlsedge_components.x509.names import shown
from mtlsedge_components.x509.signatures import is_signed_by, signature_problems

__all__ = [
    "Facts",
    "ca_problems",
    "chain_fingerprint",
    "chain_problems",
    "covers",
    "csr_problems",
    "csr_public_key",
    "inspect",
    "key_matches",
    "server_problems",
    "split_chain",
]


def split_chain(pem: str) -> list[str]:
    """Each certificate of a PEM text by itself, in order, freshly written; [] for a blank text.

    Text between the blocks is dropped. Raises CertificateError for a private key or any other block
    in the text, for a damaged certificate, and for a text without one.
    """
    if isinstance(pem, str) and not pem.strip():
        return []
    with reading("the certificate chain"):
        return [certificate_text(certificate) for certificate in load_chain(pem)]


def chain_fingerprint(pem: str) -> str:
    """SHA-256 of all certificates of a text, in hex: of a single one its fingerprint; not of what stands around or after them."""
    with reading("the certificate chain"):
        return sha256(b"".join(one.public_bytes(Encoding.DER) for one in load_chain(pem))).hexdigest()


def ca_problems(pem: str, now: datetime) -> list[str]:
    """Why clients' certificates cannot be verified against this CA (first of the text; its chain may follow)."""
    try:
        chain = load_chain(pem)
        return unknown_keys(chain) or [
            *authority_problems(chain[0], now),
            *_purpose_problems(chain[0], ExtendedKeyUsageOID.CLIENT_AUTH, "clientAuth"),
            *_signature_problems(chain[0]),
            *chain_problems(chain),
        ]
    except CertificateError as error:
        return [str(error)]


def server_problems(pem: str, names: Iterable[str], now: datetime) -> list[str]:
    """Why a server cannot show this certificate (first of the text; its chain may follow) for these host names."""
    try:
        chain = load_chain(pem)
        return unknown_keys(chain) or [
            *held_key_problems(chain[0]),
            *validity_problems(chain[0], now),
            *_usage_problems(chain[0]),
            *_purpose_problems(chain[0], ExtendedKeyUsageOID.SERVER_AUTH, "serverAuth"),
            *_coverage_problems(chain[0], names),
            *critical_problems(chain[0]),
            *_signature_problems(chain[0]),
            *chain_problems(chain),
        ]
    except CertificateError as error:
        return [str(error)]


def key_matches(certificate_pem: str, private_key_pem: str) -> bool:
    """Whether a certificate (first of the text) speaks for a private key; raises for what cannot be read."""
    return belong_together(load_certificate(certificate_pem), load_private_key(private_key_pem))


def csr_problems(csr_pem: str) -> list[str]:
    """Why a signing request cannot be certified: unreadable, not signed by its own key, or a weak key."""
    try:
        request = load_request(csr_pem)
        problems = held_key_problems(request)
        return problems or _proof_problems(request)
    except CertificateError as error:
        return [str(error)]


def csr_public_key(csr_pem: str) -> str:
    """The public key (PEM) of a request without problems; raises CertificateError with the problems."""
    if problems := csr_problems(csr_pem):
        raise CertificateError("certificate signing request: " + "; ".join(problems))
    return public_key_text(load_request(csr_pem).public_key())


def csr_text(csr_pem: str) -> str:
    """The request alone, written anew: nothing around its block, and no line of another length, gets any further."""
    return request_text(load_request(csr_pem))


def unknown_keys(chain: list[x509.Certificate]) -> list[str]:
    """The first key of a type unknown here: nothing more can be said of its certificate, nor of what it signed."""
    for place, certificate in enumerate(chain, start=1):
        if public_key_of(certificate) is None:
            where = "" if place == 1 else f"chain: certificate {place}: "
            return [where + problem for problem in held_key_problems(certificate)]
    return []


def chain_problems(chain: list[x509.Certificate]) -> list[str]:
    """Whether each certificate is signed by the one after it: one line, however many are not.

    The algorithms of the signatures below the first are judged as well; the first one's are its own matter.
    """
    breaks = [
        f"certificate {place + 1} did not sign certificate {place}"
        for place, (certificate, issuer) in enumerate(pairwise(chain), start=1)
        if not is_signed_by(certificate, issuer)
    ]
    told = [f"chain: {', '.join(breaks)}; allowed leaf first, each issuer after it"] if breaks else []
    return told + [
        f"chain: certificate {place}: {problem}"
        for place, certificate in enumerate(chain[1:], start=2)
        for problem in _signature_problems(certificate)
    ]


def _proof_problems(request: x509.CertificateSigningRequest) -> list[str]:
    """The signature proves that the requester holds the key (RFC 2986)."""
    with reading("the signature of the request"):
        if problems := signature_problems(request):
            return problems
        return [] if request.is_signature_valid else ["signature: does not verify with the request's own key"]


def _purpose_problems(certificate: x509.Certificate, purpose: ObjectIdentifier, name: str) -> list[str]:
    """Verifiers apply a CA's extended key usage to what it issues, so it matters there as well."""
    found = purposes_of(certificate)
    if not found or purpose in found or ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE in found:
        return []
    return [f"extendedKeyUsage: does not include {name}; allowed {name}, or no restriction"]


def _usage_problems(certificate: x509.Certificate) -> list[str]:
    usage = extension(certificate, x509.KeyUsage)
    if usage is None or usage.digital_signature:
        return []
    return ["keyUsage: found no digitalSignature; allowed only with it (every TLS 1.3 handshake signs)"]


def _signature_problems(certificate: x509.Certificate) -> list[str]:
    """A self-signed signature must verify but may use an old hash: nobody trusts a root for its signature."""
    found = signature_problems(certificate)
    if certificate.issuer != certificate.subject or names_another_key(certificate):
        return found
    if found or is_signed_by(certificate, certificate):
        return []
    return ["signature: does not verify with the certificate's own key"]


def names_another_key(certificate: x509.Certificate) -> bool:
    """Whether a certificate with the issuer's own name says that another key signed it (a key rollover)."""
    authority = extension(certificate, x509.AuthorityKeyIdentifier)
    own = extension(certificate, x509.SubjectKeyIdentifier)
    return bool(authority and own and authority.key_identifier and authority.key_identifier != own.digest)


def _coverage_problems(certificate: x509.Certificate, names: Iterable[str]) -> list[str]:
    certified = dns_names_of(certificate)
    listed = ", ".join(shown(name) for name in certified[:10]) or "none"
    return [
        f"names: {shown(name)} is not covered; the certificate's host names: {listed}"
        for name in names
        if not any(covers(pattern, name) for pattern in certified)
    ]


def covers(pattern: str, host: str) -> bool:
    """Whether a certified name covers a host: equal, or `*.` for exactly one label in front (RFC 6125)."""
    pattern, host = pattern.lower(), host.lower().removesuffix(".")
    return pattern == host or (pattern.startswith("*.") and host.partition(".")[2] == pattern[2:])
