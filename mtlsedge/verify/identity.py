"""What a client shows in a handshake, and how it is loaded into the TLS library."""

import secrets
import ssl
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from mtlsedge.certificates import read_chain
from mtlsedge.errors import CommandError


@dataclass(frozen=True)
class Identity:
    """Certificate chain (leaf first) and the key shown with it."""

    chain_pem: str
    private_key_pem: str = field(repr=False)
    key_is_consistent: bool = True
    """False for a key made on purpose to contradict the certificate; such a key guards nothing."""

    @property
    def certificate(self) -> x509.Certificate:
        """The leaf."""
        return read_chain(self.chain_pem, "client certificate")[0]


def load_into(context: ssl.SSLContext, identity: Identity) -> None:
    """Loads an identity. The library reads files only, so a real key goes to disk encrypted under a throw-away password."""
    with tempfile.TemporaryDirectory(prefix="mtlsedge-") as folder:
        chain, key = Path(folder, "chain.pem"), Path(folder, "key.pem")
        key.touch(mode=0o600)
        password = secrets.token_urlsafe(24)
        key.write_bytes(
            _locked(identity, password) if identity.key_is_consistent else identity.private_key_pem.encode()
        )
        chain.write_text(identity.chain_pem)
        try:
            context.load_cert_chain(chain, key, password)
        except ssl.SSLError as problem:
            raise CommandError(f"the TLS library cannot use the client certificate: {problem.reason}") from None


def _locked(identity: Identity, password: str) -> bytes:
    """The key in PKCS#8, encrypted."""
    try:
        key = serialization.load_pem_private_key(identity.private_key_pem.encode(), None)
    except (ValueError, TypeError):
        raise CommandError("the client's private key in the stack outputs is not a readable PEM key") from None
    encryption = serialization.BestAvailableEncryption(password.encode())
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
