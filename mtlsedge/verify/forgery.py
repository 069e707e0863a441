"""Makes the client certificates that a correct listener must refuse, in memory and for minutes.

What needs no secret: a stranger's own CA, a CA with the trusted one's name, the good certificate with
another key. What needs the authority's key: expired, server-only, rotated-out.
"""

import base64
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from mtlsedge.verify.identity import Identity

LIFETIME = timedelta(minutes=10)
CLOCK_SKEW = timedelta(minutes=5)
NO_NAMES = x509.SubjectAlternativeName([x509.DNSName("verify.mtlsedge.invalid")])
"""For a holder without alternative names."""


@dataclass(frozen=True)
class Holder:
    """Whose name a forged certificate carries: subject and alternative names, which the authority may have limited."""

    subject: x509.Name
    names: x509.SubjectAlternativeName = NO_NAMES

    @staticmethod
    def of(certificate: x509.Certificate) -> "Holder":
        """The holder of a certificate."""
        try:
            names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except x509.ExtensionNotFound:
            names = NO_NAMES
        return Holder(certificate.subject, names)


@dataclass(frozen=True)
class Issuer:
    """A CA that can sign, and the certificates a client must send along with what it signs."""

    certificate: x509.Certificate
    key: CertificateIssuerPrivateKeyTypes = field(repr=False)
    chain_pem: str = ""


class UnsupportedKey(ValueError):
    """The certificate's key is of a kind whose halves cannot be swapped here."""


def stranger(holder: Holder, now: datetime) -> Identity:
    """The good client's name, signed by a CA nobody has heard of."""
    return _leaf(_authority(_name("mtlsedge verify: stranger"), now), holder, now)


def same_name(trusted: x509.Certificate, holder: Holder, now: datetime) -> Identity:
    """The good client's name, signed by a CA with the trusted CA's subject and key identifier but another key."""
    return _leaf(_authority(trusted.subject, now, _key_identifier(trusted)), holder, now)


def wrong_key(good: Identity) -> Identity:
    """The good certificate with another private key, in a form the TLS library loads.

    A key file carries both halves, and libraries compare only the public half with the certificate. So the
    certificate's public half is put beside a foreign private half: the library signs the handshake with the
    wrong key, and it is the listener that has to notice (alert decrypt_error).
    """
    public = good.certificate.public_key()
    foreign = _same_kind(public)
    der = foreign.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    crossed = der.replace(_public_half(foreign.public_key()), _public_half(public))
    return Identity(good.chain_pem, _pem(crossed), key_is_consistent=False)


def fresh(issuer: Issuer, holder: Holder, now: datetime) -> Identity:
    """A good certificate from this issuer: the control that shows it is accepted at all."""
    return _leaf(issuer, holder, now)


def expired(issuer: Issuer, holder: Holder, now: datetime) -> Identity:
    """Signed by this issuer, over since an hour."""
    return _leaf(issuer, holder, now, not_before=now - timedelta(days=2), not_after=now - timedelta(hours=1))


def server_only(issuer: Issuer, holder: Holder, now: datetime) -> Identity:
    """Signed by this issuer for servers (extended key usage serverAuth), not for clients."""
    return _leaf(issuer, holder, now, usage=ExtendedKeyUsageOID.SERVER_AUTH)


def _authority(subject: x509.Name, now: datetime, identifier: bytes | None = None) -> Issuer:
    """A self-signed CA; `identifier` replaces the subject key identifier derived from its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    builder = (
        _builder(subject, subject, key.public_key(), now - CLOCK_SKEW, now + LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier(identifier) if identifier else own, critical=False)
    )
    certificate = builder.sign(key, hashes.SHA256())
    return Issuer(certificate, key, certificate.public_bytes(serialization.Encoding.PEM).decode())


def _leaf(
    issuer: Issuer,
    holder: Holder,
    now: datetime,
    *,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
    usage: x509.ObjectIdentifier = ExtendedKeyUsageOID.CLIENT_AUTH,
) -> Identity:
    """A leaf with a key of its own, and the chain to send with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder(
        holder.subject,
        issuer.certificate.subject,
        key.public_key(),
        not_before or now - CLOCK_SKEW,
        not_after or now + LIFETIME,
    )
    key_usage = x509.KeyUsage(True, False, False, False, False, False, False, False, False)
    authority = x509.AuthorityKeyIdentifier(_key_identifier(issuer.certificate), None, None)
    certificate = (
        builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(key_usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        .add_extension(holder.names, critical=False)
        .add_extension(authority, critical=False)
        .sign(issuer.key, hashes.SHA256())
    )
    leaf = certificate.public_bytes(serialization.Encoding.PEM).decode()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return Identity(leaf + issuer.chain_pem, private.decode())


def _builder(
    subject: x509.Name, issuer: x509.Name, public_key: ec.EllipticCurvePublicKey, start: datetime, end: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public_key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _key_identifier(certificate: x509.Certificate) -> bytes:
    """The CA's own subject key identifier, or the usual digest where it has none."""
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except x509.ExtensionNotFound:
        return x509.SubjectKeyIdentifier.from_public_key(certificate.public_key()).digest


def _same_kind(public: object) -> ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey:
    """A new key of the same algorithm and size."""
    if isinstance(public, ec.EllipticCurvePublicKey):
        return ec.generate_private_key(public.curve)
    if isinstance(public, rsa.RSAPublicKey):
        return rsa.generate_private_key(public.public_numbers().e, public.key_size)
    raise UnsupportedKey("only elliptic curve and RSA certificates can be shown with another key")


def _public_half(public: object) -> bytes:
    """The bytes that stand for the public half inside a PKCS#8 key: the point, or the modulus."""
    if isinstance(public, ec.EllipticCurvePublicKey):
        return public.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    if isinstance(public, rsa.RSAPublicKey):
        return public.public_numbers().n.to_bytes(public.key_size // 8, "big")
    raise UnsupportedKey("only elliptic curve and RSA certificates can be shown with another key")


def _pem(der: bytes) -> str:
    """PKCS#8 DER as PEM text."""
    label = "PRIVATE" + " KEY"
    return f"-----BEGIN {label}-----\n{base64.encodebytes(der).decode()}-----END {label}-----\n"
