"""The keys and signatures behind the private CA. Pure but for chance and the clock; refuses as the service would."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from local.cloud.errors import invalid

_CURVES: dict[str, ec.EllipticCurve] = {
    "ECC_256": ec.SECP256R1(), "ECC_384": ec.SECP384R1(), "ECC_512": ec.SECP521R1(),
}  # fmt: skip
ALGORITHMS = ("RSA_1024", "RSA_2048", "RSA_4096", *_CURVES)
_PURPOSES = {
    "any": ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
    "serverAuth": ExtendedKeyUsageOID.SERVER_AUTH,
    "clientAuth": ExtendedKeyUsageOID.CLIENT_AUTH,
    "codeSigning": ExtendedKeyUsageOID.CODE_SIGNING,
    "emailProtection": ExtendedKeyUsageOID.EMAIL_PROTECTION,
    "timeStamping": ExtendedKeyUsageOID.TIME_STAMPING,
    "OCSPSigning": ExtendedKeyUsageOID.OCSP_SIGNING,
}
_ATTRIBUTES = {
    "CountryCode": NameOID.COUNTRY_NAME,
    "Country": NameOID.COUNTRY_NAME,
    "State": NameOID.STATE_OR_PROVINCE_NAME,
    "Locality": NameOID.LOCALITY_NAME,
    "Organization": NameOID.ORGANIZATION_NAME,
    "OrganizationUnit": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "CommonName": NameOID.COMMON_NAME,
}
_NAMES: dict[str, Callable[[str], x509.GeneralName]] = {
    "email": x509.RFC822Name,
    "dns": x509.DNSName,
    "uri": x509.UniformResourceIdentifier,
}
_USAGES = (
    "digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement",
    "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
)  # fmt: skip


@dataclass(frozen=True)
class Signer:
    """A CA of the service."""

    certificate_pem: str
    private_key_pem: str = field(repr=False)


@dataclass(frozen=True)
class Below:
    """Who signs a subordinate, how many CAs may be below it, and what its certificates may be for."""

    signer: Signer
    path_length: int = 0
    purposes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Made:
    """A new CA."""

    certificate_pem: str
    private_key_pem: str = field(repr=False)


@dataclass(frozen=True)
class Order:
    """What a client certificate shall be; a common name of the request wins over the subject's."""

    csr_pem: str
    subject: dict[str, str]
    days: int
    names: tuple[str, tuple[str, ...]]
    family: str


def new_identifier() -> str:
    """An identifier as the service has them."""
    return str(uuid.uuid4())


def authority(subject: dict[str, str], algorithm: str, days: int, below: Below | None) -> Made:
    """A CA below another, or a root; nothing outlives its issuer."""
    key = _key(algorithm)
    issuer, issuer_key = _issuer(below.signer) if below else (None, key)
    name = _name(subject)
    builder = _builder(name, issuer.subject if issuer else name, key.public_key(), days, issuer)
    constraints = x509.BasicConstraints(ca=True, path_length=below.path_length if below else 1)
    builder = builder.add_extension(constraints, critical=True).add_extension(
        _usage("key_cert_sign", "crl_sign"), critical=True
    )
    if below and below.purposes:
        builder = builder.add_extension(_purposes(below.purposes), critical=False)
    pem = _signed(builder, issuer_key)
    container, bare = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return Made(pem, key.private_bytes(serialization.Encoding.PEM, container, bare).decode())


def request(algorithm: str) -> str:
    """A signing request of a new key, which is kept nowhere: no action here gives it out."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    return builder.sign(_key(algorithm), hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


def client(order: Order, signer: Signer) -> str:
    """A client certificate for a request; PEM."""
    request = _request(order.csr_pem)
    key = request.public_key()
    if isinstance(key, rsa.RSAPublicKey) is not (order.family == "RSA"):
        raise invalid("Algorithm", "the key must be of the same kind as the CA's")
    issuer, issuer_key = _issuer(signer)
    if datetime.now(UTC) + timedelta(days=order.days) > issuer.not_valid_after_utc:
        raise invalid("Days", "the validity period cannot exceed that of the CA certificate")
    names = request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    if not names and "CommonName" not in order.subject:
        raise invalid("Csr", "it has no common name")
    subject = _name({**order.subject, **({"CommonName": str(names[0].value)} if names else {})})
    builder = _builder(subject, issuer.subject, key, order.days, issuer)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage("digital_signature"), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
    kind, values = order.names
    if values:
        alternative = x509.SubjectAlternativeName([_NAMES[kind](value) for value in values])
        builder = builder.add_extension(alternative, critical=False)
    return _signed(builder, issuer_key)


def _key(algorithm: str) -> Any:
    if algorithm not in ALGORITHMS:
        raise invalid("Algorithm", f"allowed are {', '.join(ALGORITHMS)}")
    if algorithm.startswith("RSA"):
        return rsa.generate_private_key(65537, int(algorithm.partition("_")[2]))
    return ec.generate_private_key(_CURVES[algorithm])


def _purposes(names: tuple[str, ...]) -> x509.ExtendedKeyUsage:
    if unknown := [name for name in names if name not in _PURPOSES]:
        raise invalid("ExtendedKeyUsages", f"{', '.join(unknown)}: allowed are {', '.join(_PURPOSES)}")
    return x509.ExtendedKeyUsage([_PURPOSES[name] for name in names])


def _issuer(signer: Signer) -> tuple[x509.Certificate, Any]:
    certificate = x509.load_pem_x509_certificate(signer.certificate_pem.encode())
    return certificate, serialization.load_pem_private_key(signer.private_key_pem.encode(), None)


def _request(pem: str) -> x509.CertificateSigningRequest:
    try:
        request = x509.load_pem_x509_csr(pem.encode())
        valid = request.is_signature_valid
    except Exception:  # noqa: BLE001 - parsers of hostile input raise many types
        raise invalid("Csr", "it cannot be read") from None
    if not valid or not isinstance(request.public_key(), rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise invalid("Csr", "its signature does not verify, or its key is neither RSA nor ECC")
    return request


def _name(subject: dict[str, str]) -> x509.Name:
    ordered = [(oid, subject.get(key, "")) for key, oid in _ATTRIBUTES.items()]
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in ordered if value])


def _builder(
    subject: x509.Name, issuer_name: x509.Name, key: Any, days: int, issuer: x509.Certificate | None
) -> x509.CertificateBuilder:
    now = datetime.now(UTC).replace(microsecond=0)
    end = now + timedelta(days=days)
    if issuer is not None:
        end = min(end, issuer.not_valid_after_utc)
        begin = max(now - timedelta(minutes=5), issuer.not_valid_before_utc)
        known = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        authority_key = x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(known)
    else:
        begin, authority_key = now - timedelta(minutes=5), x509.AuthorityKeyIdentifier.from_issuer_public_key(key)
    return (
        x509.CertificateBuilder(subject_name=subject, issuer_name=issuer_name, public_key=key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(authority_key, critical=False)
    )


def _usage(*granted: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{name: name in granted for name in _USAGES})


def _signed(builder: x509.CertificateBuilder, key: Any) -> str:
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()
