"""Finds the authority's signing keys in an exported state; asked for only by --authority-key-from-state."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes

from mtlsedge.certificates import fingerprint, read_chain
from mtlsedge.outputs import Authority
from mtlsedge.verify.forgery import Issuer

SPECIAL_VALUE = "4dabf18193072939515e22adb298388d"
"""Key that marks a special value in Pulumi's wire and state format (sdk/go/common/resource/sig)."""
CERTIFICATE_LABEL = "BEGIN CERTIFICATE"
KEY_LABEL = "PRIVATE" + " KEY-----"


def issuers(state: Mapping[str, Any], authority: Authority | None) -> tuple[tuple[Issuer, ...], tuple[Issuer, ...]]:
    """CAs in state that can sign: those the trusted CA stands above, the issuing one first; and the rotated-out ones.

    A root that a bridge leads to is not rotated out: what its key signs is accepted along with the bridge.
    """
    if not authority:
        return (), ()
    texts = list(_texts(state.get("deployment", {}).get("resources", [])))
    cas = _certificates(texts)
    keys = {_public(key.public_key()): key for key in _keys(texts)}
    signers = [(ca, keys[_public(ca.public_key())]) for ca in cas if _public(ca.public_key()) in keys]
    trusted = read_chain(authority.certificate, "authority.certificate")[0]
    chains = [(ca, key, _path(ca, trusted, cas)) for ca, key in signers]
    believed = [Issuer(ca, key, _pem(path)) for ca, key, path in chains if path is not None]
    accepted = {_public(ca.public_key()) for ca, _, path in chains if path is not None}
    retired = [
        Issuer(ca, key, _pem([ca]))
        for ca, key, path in chains
        if path is None and _public(ca.public_key()) not in accepted
    ]
    return tuple(sorted(believed, key=lambda one: not _issues(one, authority))), tuple(retired)


def _issues(issuer: Issuer, authority: Authority) -> bool:
    """Whether this CA is the one that issues clients now: the head of the issuing chain, else the trusted CA itself."""
    current = authority.chain if authority.chain.strip() else authority.certificate
    return fingerprint(read_chain(current, "authority.chain")[0]) == fingerprint(issuer.certificate)


def _path(
    ca: x509.Certificate, trusted: x509.Certificate, cas: list[x509.Certificate]
) -> list[x509.Certificate] | None:
    """What a client sends so that the trusted CA vouches for `ca`: empty if it is that CA; None if nothing leads there."""
    if _public(ca.public_key()) == _public(trusted.public_key()):
        return []
    for parent in [trusted, *(other for other in cas if other != ca and other.issuer != other.subject)]:
        if _signed_by(ca, parent):
            above = _path(parent, trusted, [other for other in cas if other != ca])
            if above is not None:
                return [ca, *above]
    return None


def _signed_by(certificate: x509.Certificate, parent: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(parent)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _texts(value: Any) -> Iterator[str]:
    """Every text in a state, secrets included once they are exported in clear."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        if SPECIAL_VALUE in value and "plaintext" in value:
            yield from _texts(json.loads(value["plaintext"]))
        else:
            for key, item in value.items():
                yield from () if key == "__provider" else _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _certificates(texts: list[str]) -> list[x509.Certificate]:
    """The CA certificates, each once."""
    found = {}
    for text in texts:
        if CERTIFICATE_LABEL in text:
            for certificate in read_chain(text, "state"):
                if _is_ca(certificate):
                    found[fingerprint(certificate)] = certificate
    return list(found.values())


def _is_ca(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def _keys(texts: list[str]) -> list[CertificateIssuerPrivateKeyTypes]:
    """The private keys that a CA of this stack can have."""
    found: list[CertificateIssuerPrivateKeyTypes] = []
    for text in texts:
        if KEY_LABEL in text:
            with suppress(ValueError, TypeError):
                key = serialization.load_pem_private_key(text.encode(), None)
                found += [key] if isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) else []
    return found


def _public(key: Any) -> bytes:
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def _pem(certificates: list[x509.Certificate]) -> str:
    return "".join(one.public_bytes(serialization.Encoding.PEM).decode() for one in certificates)
