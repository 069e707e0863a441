"""Keys of authorities on their way in and out: encrypted files, and the formats other tools keep a key in.

Nothing here prints, stores or quotes a key or a passphrase; a wrong passphrase is told from a damaged file where
the format allows it.
"""

import base64
import binascii
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import pkcs12

from mtlsedge_components.x509._authority import authority_problems
from mtlsedge_components.x509._reading import extension, load_certificate, load_chain, reading
from mtlsedge_components.x509.errors import CertificateError
from mtlsedge_components.x509.keys import (
    ALLOWED_KEYS,
    AlgorithmName,
    PrivateKey,
    algorithm_name,
    held_key_problems,
    key_fingerprint,
    key_problems,
    load_private_key,
    unknown_type,
)
from mtlsedge_components.x509.names import ATTRIBUTE_OIDS, Subject
from mtlsedge_components.x509.rounds import MOST_ROUNDS, demands_too_much
from mtlsedge_components.x509.signatures import is_signed_by

SHORTEST_PASSPHRASE = 12
"""Characters. A passphrase guards a file that can be attacked offline for years."""
LARGEST_KEY = 64 * 1024
"""Characters of a key as text; an RSA-4096 PKCS#12 with its chain is a tenth of it."""
_WRONG = "the passphrase does not open it"


@dataclass(frozen=True)
class ImportedKey:
    """A private key as unencrypted PKCS#8 PEM, and the certificates that came with it (PKCS#12 only)."""

    private_key_pem: str = field(repr=False)
    fingerprint: str
    certificates: tuple[x509.Certificate, ...] = ()


def passphrase_problems(passphrase: str) -> list[str]:
    """Why a passphrase is not taken to protect a new file; never quotes it."""
    if len(passphrase) < SHORTEST_PASSPHRASE:
        return [f"passphrase: found {len(passphrase)} characters; allowed {SHORTEST_PASSPHRASE} or more"]
    if not passphrase.isprintable():
        return ["passphrase: found control characters; allowed printable text"]
    return []


def encrypted(private_key_pem: str, passphrase: str) -> str:
    """The key as encrypted PKCS#8 PEM (PBES2, AES-256, PBKDF2); raises CertificateError for a weak passphrase."""
    if problems := passphrase_problems(passphrase):
        raise CertificateError("; ".join(problems))
    protection = serialization.BestAvailableEncryption(passphrase.encode("utf-8"))
    key = load_private_key(private_key_pem)
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection).decode("ascii")


class UnknownKeyError(CertificateError):
    """The key is of a kind that nothing here reads, such as SM2; it is not damaged, and the passphrase opened it."""


def open_key(text: str, passphrase: str = "", *, judged: bool = True) -> ImportedKey:
    """A key from PEM (PKCS#8, PKCS#1, SEC 1, encrypted or not) or from the base64 of a PKCS#12 file.

    Raises CertificateError, in our own words, for a wrong or missing passphrase, a damaged file and a weak key.
    With `judged=False` a weak key or one of another kind is opened too: a diagnosis looks at what all else refuses.
    """
    if not isinstance(text, str) or not text.strip():
        raise CertificateError("the private key is empty; allowed PEM, or the base64 of a PKCS#12 file")
    if len(text) > LARGEST_KEY:
        raise CertificateError(f"the private key is larger than {LARGEST_KEY // 1024} KiB; allowed a single key")
    if "-----BEGIN" in text:
        return _from_pem(text, passphrase, judged=judged)
    return open_pkcs12(_decoded(text), passphrase, judged=judged)


def import_problems(certificate_pem: str, now: datetime, *, signs_intermediate: bool) -> list[str]:
    """Why a root cannot be taken over by a generation; whether its key fits is seen by `opened_for`."""
    try:
        chain = load_chain(certificate_pem)
        with reading("the root's certificate"):
            root = chain[0]
            problems = authority_problems(root, now)
            if len(chain) > 1:
                problems.append(f"found {len(chain)} certificates; allowed the root alone")
            if _is_ca(root) and not is_signed_by(root, root):
                problems.append("it did not sign itself; allowed a root (for a CA below one: authority.external)")
            return problems + _path_problems(root, signs_intermediate=signs_intermediate)
    except CertificateError as error:
        return [str(error)]


def opened_for(certificate_pem: str, key: str, passphrase: str) -> ImportedKey:
    """The key, opened and seen to be the certificate's; raises CertificateError if it is another's."""
    opened = open_key(key, passphrase)
    with reading("the certificate's key"):
        certified = key_fingerprint(load_certificate(certificate_pem).public_key())
    if opened.fingerprint != certified:
        raise CertificateError("the private key belongs to another certificate; allowed the imported certificate's own")
    return opened


def subject_algorithm_and_days(certificate_pem: str) -> tuple[Subject, AlgorithmName, int]:
    """Subject, algorithm and whole days of validity of a root that was made elsewhere, as a generation has them.

    The subject holds the attributes a stack file knows; others stay in the certificate and are not repeated.
    Raises CertificateError for a key of a type or strength that is not accepted.
    """
    root = load_certificate(certificate_pem)
    with reading("the certificate"):
        if problems := held_key_problems(root):
            raise CertificateError("; ".join(problems))
        fields = {
            key: str(found[0].value)
            for key, oid in ATTRIBUTE_OIDS
            if (found := root.subject.get_attributes_for_oid(oid))
        }
        days = max((root.not_valid_after_utc - root.not_valid_before_utc).days, 1)
        subject = Subject(**{"common_name": "", **fields})
        return subject, cast("AlgorithmName", algorithm_name(root.public_key())), days


def _is_ca(certificate: x509.Certificate) -> bool:
    """That a client's certificate is no root either goes without saying."""
    constraints = extension(certificate, x509.BasicConstraints)
    return bool(constraints and constraints.ca)


def _path_problems(root: x509.Certificate, *, signs_intermediate: bool) -> list[str]:
    constraints = extension(root, x509.BasicConstraints)
    if signs_intermediate and constraints and constraints.ca and constraints.path_length == 0:
        return ["its path length is 0: no CA may stand below it; allowed with intermediate: false"]
    return []


def _from_pem(text: str, passphrase: str, *, judged: bool) -> ImportedKey:
    secret = passphrase.encode("utf-8") if passphrase and "ENCRYPTED" in text else None
    if secret is None and "ENCRYPTED" in text:
        raise CertificateError("the private key is encrypted, and no passphrase is given")
    try:
        key = serialization.load_pem_private_key(text.encode("utf-8"), secret)
    except UnsupportedAlgorithm as error:
        raise _of_unknown_type(error) from None
    except Exception:  # noqa: BLE001 - parsers of hostile input raise many types, and their texts may quote it
        reason = (
            f"the private key cannot be read: {_WRONG}, or it is damaged"
            if secret
            else "the private key cannot be read"
        )
        raise CertificateError(reason) from None
    return _opened(key, (), judged=judged)


def open_pkcs12(content: bytes, passphrase: str, *, judged: bool = True) -> ImportedKey:
    """Key and certificates of a PKCS#12 file; raises CertificateError as `open_key` does."""
    if demands_too_much(content):
        raise CertificateError(f"the PKCS#12 file demands more than {MOST_ROUNDS:,} rounds; make it again with fewer")
    try:
        held = pkcs12.load_pkcs12(content, passphrase.encode("utf-8") if passphrase else None)
        certificates = ([held.cert.certificate] if held.cert else []) + [
            one.certificate for one in held.additional_certs
        ]
    except UnsupportedAlgorithm as error:
        raise _of_unknown_type(error) from None
    except Exception:  # noqa: BLE001 - as above
        raise CertificateError(f"the PKCS#12 file cannot be read: {_WRONG}, or it is damaged") from None
    if held.key is None:
        raise CertificateError("the PKCS#12 file holds no private key")
    return _opened(held.key, tuple(certificates), judged=judged)


def _opened(key: PrivateKeyTypes, certificates: tuple[x509.Certificate, ...], *, judged: bool) -> ImportedKey:
    if judged and not isinstance(key, PrivateKey):
        raise CertificateError(f"private key: found an unsupported type; allowed {ALLOWED_KEYS}")
    with reading("the private key"):
        public = key.public_key()
        if judged and (problems := key_problems(public)):
            raise CertificateError("; ".join(problems))
        encoding, container = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
        pem = key.private_bytes(encoding, container, serialization.NoEncryption()).decode("ascii")
        return ImportedKey(pem, key_fingerprint(public), certificates)


def _of_unknown_type(error: UnsupportedAlgorithm) -> UnknownKeyError:
    return UnknownKeyError(f"private key: found {unknown_type(error)}; allowed {ALLOWED_KEYS}")


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise CertificateError("the private key is neither PEM nor the base64 of a PKCS#12 file") from None
