"""The HTTPS face of the local API: a CA made for it once, and one server certificate for this machine.

The CA's key is thrown away after it has signed, so the certificate in `.local/api-ca.crt` can never vouch for
anything but this one server.
"""

import ipaddress
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from local import whole_files

VALIDITY_DAYS = 800
RENEW_BEFORE_DAYS = 30


def ensure(folder: Path, names: Sequence[str] = ()) -> Path:
    """Path of the CA certificate; it and `api-server.pem` (key and chain, 0600) are made when absent or ageing.

    `names` are host names the server answers to beside this machine's own.
    """
    authority, server = folder / "api-ca.crt", folder / "api-server.pem"
    if not (authority.exists() and server.exists() and _fresh(authority)):
        _make(authority, server, names)
    return authority


def context(folder: Path) -> ssl.SSLContext:
    """Server context with the certificate `ensure` made."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(folder / "api-server.pem")
    return made


def _fresh(authority: Path) -> bool:
    certificate = x509.load_pem_x509_certificate(authority.read_bytes())
    return certificate.not_valid_after_utc - datetime.now(UTC) > timedelta(days=RENEW_BEFORE_DAYS)


def _make(authority: Path, server: Path, names: Sequence[str]) -> None:
    key, issuer = new_key(), Authority("mtlsedge local API CA")
    leaf = issuer.server("127.0.0.1", key, _this_machine(names))
    whole_files.write(server, private_pem(key) + leaf + issuer.pem, durable=True)
    whole_files.write(authority, issuer.pem, durable=True)


def new_key() -> ec.EllipticCurvePrivateKey:
    """A key for a server or a CA."""
    return ec.generate_private_key(ec.SECP256R1())


class Authority:
    """A CA whose key is in memory only."""

    def __init__(self, common_name: str, domain: str = "") -> None:
        """With a `domain` it vouches for names in that alone."""
        self._key, self._name = new_key(), _name(common_name)
        made = (
            _builder(self._name, self._name, self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_key_usage(sign_certificates=True), critical=True)
        )
        if domain:
            made = made.add_extension(x509.NameConstraints([x509.DNSName(domain)], None), critical=True)
        self.pem = _pem(made.sign(self._key, hashes.SHA256()))

    def server(self, common_name: str, key: ec.EllipticCurvePrivateKey, names: x509.SubjectAlternativeName) -> str:
        """A server's certificate, PEM."""
        leaf = (
            _builder(_name(common_name), self._name, key.public_key())
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(sign_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(names, critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        return _pem(leaf)


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=VALIDITY_DAYS))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _this_machine(names: Sequence[str]) -> x509.SubjectAlternativeName:
    dns = [x509.DNSName(name) for name in ("localhost", *names)]
    return x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1")), *dns])


def _key_usage(*, sign_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not sign_certificates,
        key_cert_sign=sign_certificates,
        crl_sign=sign_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def private_pem(key: ec.EllipticCurvePrivateKey) -> str:
    """The key in clear, for a file that only its owner can read."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
