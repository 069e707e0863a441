"""What each kind of certificate may do: the one table from which extensions are made."""

from dataclasses import dataclass
from enum import StrEnum

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, ObjectIdentifier

from mtlsedge_components.x509.keys import PublicKey


class Profile(StrEnum):
    """The kinds of certificate this project makes."""

    ROOT = "root"
    INTERMEDIATE = "intermediate"
    BRIDGE = "bridge"
    CLIENT = "client"
    SERVER = "server"


@dataclass(frozen=True)
class Rules:
    """Rights of a profile.

    `path_length` is how many CAs may follow a CA, None for an end entity; `purpose` is the extended
    key usage of an end entity; `names` are the kinds of alternative name it may carry;
    `rsa_key_transport` lets an RSA key also decrypt the pre-master secret of TLS 1.2.
    """

    path_length: int | None = None
    purpose: ObjectIdentifier | None = None
    names: tuple[str, ...] = ()
    rsa_key_transport: bool = False

    @property
    def is_ca(self) -> bool:
        """Whether certificates of this profile sign others."""
        return self.path_length is not None


RULES = {
    # Below a root, two CAs: a bridge to another generation's root, and that one's intermediate. Below an intermediate,
    # end entities only.
    Profile.ROOT: Rules(path_length=2),
    Profile.BRIDGE: Rules(path_length=1),
    Profile.INTERMEDIATE: Rules(path_length=0),
    Profile.CLIENT: Rules(purpose=ExtendedKeyUsageOID.CLIENT_AUTH, names=("dns", "email", "uri")),
    Profile.SERVER: Rules(purpose=ExtendedKeyUsageOID.SERVER_AUTH, names=("dns",), rsa_key_transport=True),
}


def basic_constraints(rules: Rules, path_length: int | None) -> x509.BasicConstraints:
    """CA with a path length, or end entity."""
    return x509.BasicConstraints(ca=rules.is_ca, path_length=path_length)


def key_usage(rules: Rules, key: PublicKey) -> x509.KeyUsage:
    """A CA signs certificates and CRLs, an end entity handshakes; an RSA server may also decrypt keys."""
    return x509.KeyUsage(
        digital_signature=not rules.is_ca,
        key_encipherment=rules.rsa_key_transport and isinstance(key, rsa.RSAPublicKey),
        key_cert_sign=rules.is_ca,
        crl_sign=rules.is_ca,
        content_commitment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
