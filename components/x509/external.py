"""Judging authorities and client certificates that were made elsewhere; nothing is signed here.

`…_problems` functions name every problem in one go and never raise, whatever text they are given.
"""

from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from mtlsedge_components.x509._authority import authority_problems, validity_problems
from mtlsedge_components.x509._reading import certificate_text, extension, load_chain, reading
from mtlsedge_components.x509.checking import ca_problems, chain_problems, names_another_key, unknown_keys
from mtlsedge_components.x509.constraints import same_name
from mtlsedge_components.x509.errors import CertificateError
from mtlsedge_components.x509.facts import facts_of, purposes_of
from mtlsedge_components.x509.keys import held_key_problems
from mtlsedge_components.x509.paths import path_problems
from mtlsedge_components.x509.signatures import is_signed_by, signature_problems

VERSION_1 = (
    "version: found 1; allowed 3 (a version 1 certificate does not say that it is a CA: the tutorial's"
    " `openssl x509 -req … -signkey` makes such a one). Make a new root with `mtlsedge authority new`; to go on"
    " with this one for the time being, set allowVersion1Root: true"
)
"""What is said of the tutorial's root: what it lacks, what to do instead, and how to keep it knowingly."""


_NETSCAPE_TYPE = x509.ObjectIdentifier("2.16.840.1.113730.1.1")


def external_problems(pem: str, now: datetime, *, allow_version_1_root: bool = False) -> list[str]:
    """Why a listener should not be given this CA (first of the text; what signed it follows, up to its root).

    A version 1 root has no extensions to check; with `allow_version_1_root` its signature, key and dates still are.
    """
    try:
        chain = load_chain(pem)
        with reading("the CA certificate"):
            if not _is_version_1(chain[0]):
                return [*ca_problems(pem, now), *_completeness_problems(chain)]
            return _version_1_problems(chain, now) if allow_version_1_root else [VERSION_1]
    except CertificateError as error:
        return [str(error)]


def is_version_1(pem: str) -> bool:
    """Whether the first certificate of a text is of version 1; raises CertificateError if it cannot be read."""
    return _is_version_1(load_chain(pem)[0])


def client_problems(pem: str, trusted_pem: str, now: datetime) -> list[str]:
    """Why a verifier that trusts only the first certificate of `trusted_pem` refuses this client (leaf, then its chain)."""
    try:
        chain, trusted = load_chain(pem), load_chain(trusted_pem)[0]
        sent = chain[:-1] if len(chain) > 1 and chain[-1] == trusted else chain
        with reading("the client's certificate"):
            return unknown_keys(sent) or [
                *_sent_problems(chain, sent, now),
                *_anchor_problems(sent, trusted),
                *path_problems([*sent, trusted]),
            ]
    except CertificateError as error:
        return [str(error)]


def sent_problems(pem: str, now: datetime) -> list[str]:
    """What is wrong with what a client sends (leaf, then its chain), whatever CA is trusted."""
    try:
        chain = load_chain(pem)
        with reading("the client's certificate"):
            return unknown_keys(chain) or [*_sent_problems(chain, chain, now), *path_problems(chain)]
    except CertificateError as error:
        return [str(error)]


def _sent_problems(chain: list[x509.Certificate], sent: list[x509.Certificate], now: datetime) -> list[str]:
    return [*_leaf_problems(chain[0], now), *chain_problems(chain), *_link_problems(sent, now)]


def client_chain(pem: str, trusted_pem: str) -> tuple[str, str]:
    """A client's leaf, and what it sends after it: its chain without the trusted certificate and without roots."""
    leaf, *rest = load_chain(pem)
    trusted = load_chain(trusted_pem)[0]
    with reading("the client's chain"):
        kept = [link for link in rest if link != trusted and link.issuer != link.subject]
    return certificate_text(leaf), "".join(certificate_text(link) for link in kept)


def _is_version_1(certificate: x509.Certificate) -> bool:
    with reading("the certificate's version"):
        return certificate.version is x509.Version.v1


def _version_1_problems(chain: list[x509.Certificate], now: datetime) -> list[str]:
    root = chain[0]
    problems = [*held_key_problems(root), *validity_problems(root, now)]
    if len(chain) > 1:
        problems.append(f"chain: found {len(chain) - 1} certificates after a version 1 root; allowed the root alone")
    if not is_signed_by(root, root):
        problems.append("signature: found a version 1 certificate that is no root; allowed only one signed by itself")
    return problems


def _completeness_problems(chain: list[x509.Certificate]) -> list[str]:
    """The repository takes a CA with its whole chain [alibaba-cloud.md §2.2], so a missing end is said here.

    Of a chain in the wrong order, that it is so says enough.
    """
    last = chain[-1]
    if chain_problems(chain) or (last.issuer == last.subject and not names_another_key(last)):
        return []
    return ["chain: ends without a root; allowed the CA, then its issuers up to the one that signed itself"]


def _leaf_problems(leaf: x509.Certificate, now: datetime) -> list[str]:
    with reading("the certificate"):
        facts = facts_of(leaf)
    problems = [*held_key_problems(leaf), *validity_problems(leaf, now), *signature_problems(leaf)]
    if facts.is_ca:
        return [*problems, "basicConstraints: found a CA certificate; allowed a client's, with its chain after it"]
    if same_name(leaf.subject, leaf.issuer):
        problems.append("subject: found the issuer's own name, which verifiers take for self-signed; allowed any other")
    usage = extension(leaf, x509.KeyUsage)
    if usage is not None and not usage.digital_signature:
        problems.append("keyUsage: found no digitalSignature; allowed only with it (a client signs in the handshake)")
    return problems + _purpose_problems(leaf)


def _purpose_problems(certificate: x509.Certificate) -> list[str]:
    """OpenSSL does not take `anyExtendedKeyUsage` for clientAuth, and heeds what Netscape had before there were purposes."""
    purposes = purposes_of(certificate)
    if purposes and ExtendedKeyUsageOID.CLIENT_AUTH not in purposes:
        return ["extendedKeyUsage: does not include clientAuth; allowed clientAuth, or no restriction"]
    kinds = [one.value.public_bytes() for one in certificate.extensions if one.oid == _NETSCAPE_TYPE]
    if kinds and not kinds[0][-1] & 0x80:
        return ["nsCertType: does not include client; allowed with it, or without the extension"]
    return []


def _link_problems(sent: list[x509.Certificate], now: datetime) -> list[str]:
    """Every certificate between leaf and anchor must be a CA at this time."""
    return [
        f"chain: certificate {place}: {problem}"
        for place, link in enumerate(sent[1:], start=2)
        for problem in authority_problems(link, now)
    ]


def _anchor_problems(sent: list[x509.Certificate], trusted: x509.Certificate) -> list[str]:
    if is_signed_by(sent[-1], trusted):
        return []
    with reading("the certificate"):
        issuer, subject = facts_of(sent[-1]).issuer, facts_of(trusted).subject
    if issuer == subject:
        return [f"chain: was not signed by the key of the authority, though by one of the same name ({subject[:120]})"]
    found = f"chain: ends at a certificate of {issuer[:120]!r}, not at the authority {subject[:120]!r}"
    return [f"{found}; allowed the leaf, then each issuer up to the authority"]
