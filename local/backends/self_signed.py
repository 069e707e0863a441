"""A throw-away certificate for backends of HTTPS groups; nobody verifies it, as ALB does not."""

import ssl
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

VALIDITY_DAYS = 30


def context() -> ssl.SSLContext:
    """A server context whose key has never been in a file that outlives the call."""
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ) + _certificate(key).public_bytes(serialization.Encoding.PEM)
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "backend.pem"
        file.touch(mode=0o600)
        file.write_bytes(pem)
        made.load_cert_chain(file)
    return made


def _certificate(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "local backend")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(minutes=5))
    return builder.not_valid_after(now + timedelta(days=VALIDITY_DAYS)).sign(key, hashes.SHA256())
