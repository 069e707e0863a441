"""Reading uploaded certificates and keys. Pure; refuses with the errors the service would answer."""

import itertools
import re
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.x509.oid import NameOID, SignatureAlgorithmOID

from local.cloud.errors import CloudError, refused

_SIGNATURES = {
    SignatureAlgorithmOID.RSA_WITH_SHA256: "SHA256WITHRSA",
    SignatureAlgorithmOID.RSA_WITH_SHA384: "SHA384WITHRSA",
    SignatureAlgorithmOID.RSA_WITH_SHA512: "SHA512WITHRSA",
    SignatureAlgorithmOID.ECDSA_WITH_SHA256: "SHA256WITHECDSA",
    SignatureAlgorithmOID.ECDSA_WITH_SHA384: "SHA384WITHECDSA",
}
OF_UPLOADS = ("Fingerprint", "Issuer", "NotAfter", "NotBefore", "SerialNo")
"""Facts that only the answers about uploaded certificates have; the private CA has names of its own, see `private_facts`."""
_BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


def certificates(text: str) -> list[x509.Certificate]:
    """The certificates in a PEM text, which must hold no key; CloudError if one cannot be read."""
    if "PRIVATE KEY" in text:
        raise bad_certificate("it holds a private key")
    blocks = _BLOCK.findall(text)
    if not blocks:
        raise bad_certificate("no PEM certificate is in it")
    return [_certificate(block) for block in blocks]


def first(text: str) -> str:
    """The first certificate of a PEM text, as it stands there."""
    return _BLOCK.findall(text)[0] + "\n"


def _key(pem: str) -> PrivateKeyTypes:
    try:
        return serialization.load_pem_private_key(pem.encode(), password=None)
    except ValueError:
        return serialization.load_pem_private_key(pem.replace(" PRIVATE", " RSA PRIVATE").encode(), password=None)


def check_ca_chain(chain: list[x509.Certificate]) -> None:
    """A CA certificate first, then its issuers up to a self-signed root [docs: CAS-REPO asks for the whole chain]."""
    for certificate in chain:
        _check_ca(certificate)
    for child, issuer in itertools.pairwise(chain):
        _check_issued(child, issuer)
    if chain[-1].issuer != chain[-1].subject:
        raise bad_certificate("the chain is not complete: it must end with a self-signed root")
    _check_issued(chain[-1], chain[-1])


def check_key(certificate: x509.Certificate, private_key_pem: str) -> None:
    """The unencrypted private key must be the certificate's own. PKCS #1 below the words of PKCS #8 is taken, too [upstream's tests]."""
    try:
        key = _key(private_key_pem)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise refused("InvalidParameter.Key", "The private key is not an unencrypted PEM key.") from None
    if _spki(key.public_key()) != _spki(certificate.public_key()):
        raise refused("KeyNotMatchCert", "The private key does not match the certificate.")


def facts(certificate: x509.Certificate) -> dict[str, Any]:
    """What the service reports about a certificate; times in milliseconds."""
    return {
        "CommonName": common_name(certificate.subject),
        "Issuer": common_name(certificate.issuer) or certificate.issuer.rfc4514_string(),
        "Sans": ",".join(subject_names(certificate)),
        "SerialNo": f"{certificate.serial_number:x}",
        "Algorithm": "RSA" if isinstance(certificate.public_key(), rsa.RSAPublicKey) else "ECC",
        "SignAlgorithm": _SIGNATURES.get(certificate.signature_algorithm_oid, "other"),
        "Fingerprint": certificate.fingerprint(hashes.SHA1()).hex(),  # noqa: S303 - what the service shows
        "Sha2": certificate.fingerprint(hashes.SHA256()).hex(),
        "NotBefore": _milliseconds(certificate.not_valid_before_utc),
        "NotAfter": _milliseconds(certificate.not_valid_after_utc),
    }


def sizes(text: str) -> dict[str, Any]:
    """Size of the key, and MD5, of the first certificate."""
    first = certificates(text)[0]
    return {"KeySize": getattr(first.public_key(), "key_size", 0), "Md5": first.fingerprint(hashes.MD5()).hex()}  # noqa: S303 - what the service shows


def place(certificate: x509.Certificate) -> dict[str, str]:
    """Where its subject is, under the names of uploaded server certificates; empty where the subject does not say."""
    oids = {
        "City": NameOID.LOCALITY_NAME,
        "Country": NameOID.COUNTRY_NAME,
        "OrgName": NameOID.ORGANIZATION_NAME,
        "Province": NameOID.STATE_OR_PROVINCE_NAME,
    }
    return {name: _attribute(certificate.subject, oid) for name, oid in oids.items()}


def private_facts(certificate: x509.Certificate) -> dict[str, Any]:
    """What the private CA reports beside `facts`."""
    key = certificate.public_key()
    return {
        "SubjectDN": certificate.subject.rfc4514_string(),
        "SerialNumber": f"{certificate.serial_number:x}",
        "KeySize": key.key_size if isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey) else 0,
        "Md5": certificate.fingerprint(hashes.MD5()).hex(),  # noqa: S303 - what the service shows
        "BeforeDate": _milliseconds(certificate.not_valid_before_utc),
        "AfterDate": _milliseconds(certificate.not_valid_after_utc),
    }


def common_name(name: x509.Name) -> str:
    """The first common name, or an empty string."""
    return _attribute(name, NameOID.COMMON_NAME)


def _attribute(name: x509.Name, oid: x509.ObjectIdentifier) -> str:
    attributes = name.get_attributes_for_oid(oid)
    return str(attributes[0].value) if attributes else ""


def subject_names(certificate: x509.Certificate) -> list[str]:
    """DNS names and addresses of the subject alternative name."""
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return []
    return [str(name.value) for name in extension.value if isinstance(name, x509.DNSName | x509.IPAddress)]


def bad_certificate(reason: str) -> CloudError:
    """The certificate cannot be used."""
    return refused("InvalidParameter.Cert", f"The certificate is not usable: {reason}.")


def _certificate(block: str) -> x509.Certificate:
    try:
        certificate = x509.load_pem_x509_certificate(block.encode())
        key = certificate.public_key()
        _ = certificate.subject, certificate.issuer  # read only when asked for: here, where damage has an answer
    except (ValueError, UnsupportedAlgorithm):
        raise bad_certificate("it is damaged or its algorithm is not supported") from None
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise bad_certificate("its key is neither RSA nor ECC")
    return certificate


def _check_ca(certificate: x509.Certificate) -> None:
    """A version 1 root counts as a CA: the vendor's own tutorial makes one (alibaba-cloud.md §1.1)."""
    if certificate.version == x509.Version.v1:
        if certificate.issuer != certificate.subject:
            raise bad_certificate("it is not a CA certificate")
        return
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except (x509.ExtensionNotFound, ValueError):
        constraints = x509.BasicConstraints(ca=False, path_length=None)
    if not constraints.ca:
        raise bad_certificate("it is not a CA certificate")


def _check_issued(child: x509.Certificate, issuer: x509.Certificate) -> None:
    try:
        child.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        raise bad_certificate("the chain is broken: a certificate is not signed by the next one") from None


def _spki(key: Any) -> bytes:
    encoded: bytes = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return encoded


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
