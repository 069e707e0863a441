"""Server certificates of a listener, and which of them answers which name (SNI)."""

import ipaddress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from local.proxy.inventory import Inventory
from local.proxy.scope import Unserved


@dataclass(frozen=True)
class Certificate:
    """A server certificate of Certificate Management Service as the data plane uses it."""

    identifier: str
    chain_pem: str
    key_file: Path
    names: frozenset[str]
    elliptic: bool
    not_after: datetime
    additional: bool = False

    @property
    def preference(self) -> tuple[bool, bool, float]:
        """Order among certificates of one name: ECC, then additional, then longest validity (alibaba-cloud.md §1.2)."""
        return (not self.elliptic, not self.additional, -self.not_after.timestamp())


def load(inventory: Inventory, identifier: str, folder: Path, *, additional: bool = False) -> Certificate:
    """Finds `<CertId>-<site>`; raises Unserved when the certificate or its key file is not there."""
    document = inventory.server_certificates.get(identifier.partition("-")[0])
    if document is None:
        raise Unserved(f"server certificate {identifier} does not exist")
    key_file = folder / document["KeyFile"]
    if not key_file.is_file():
        raise Unserved(f"the key file of server certificate {identifier} is missing")
    try:
        leaf = x509.load_pem_x509_certificate(document["Cert"].encode())
    except ValueError:
        raise Unserved(f"server certificate {identifier} is not a PEM certificate") from None
    return Certificate(
        identifier, document["Cert"], key_file, _names(leaf),
        isinstance(leaf.public_key(), ec.EllipticCurvePublicKey), leaf.not_valid_after_utc, additional,
    )  # fmt: skip


def _names(leaf: x509.Certificate) -> frozenset[str]:
    """DNS names of the certificate, lower case; the common name where there is no SAN."""
    try:
        alternatives = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        found = alternatives.get_values_for_type(x509.DNSName)
    except x509.ExtensionNotFound:
        found = [str(item.value) for item in leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    return frozenset(name.lower() for name in found if _is_server_name(name))


def _is_server_name(name: str) -> bool:
    """What may stand in a TLS server_name: no address, no space, a wildcard only as the first label."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return bool(name) and " " not in name and "*" not in name.removeprefix("*.")
    return False


def covers(certificate: Certificate, name: str) -> bool:
    """Whether a client asking for `name` (or for any name under a wildcard) gets a match."""
    return name in certificate.names or f"*.{name.partition('.')[2]}" in certificate.names


@dataclass(frozen=True)
class NameChain:
    """Names that are answered with the same certificates; no names: everything else."""

    names: tuple[str, ...]
    certificates: tuple[Certificate, ...]


def chains(default: Certificate, additional: list[Certificate]) -> list[NameChain]:
    """Names that have a certificate other than the default, grouped; the default chain stands last."""
    known = [*additional, default]
    wanted = {name for certificate in additional for name in certificate.names}
    wanted |= {name for name in default.names if any(covers(certificate, name) for certificate in additional)}
    grouped: dict[tuple[Certificate, ...], list[str]] = {}
    for name in sorted(wanted):
        grouped.setdefault(_best(name, known), []).append(name)
    return [NameChain(tuple(names), best) for best, names in grouped.items()] + [NameChain((), (default,))]


def _best(name: str, known: list[Certificate]) -> tuple[Certificate, ...]:
    """The preferred certificate of each key type for a name, ECC first."""
    candidates = sorted((item for item in known if covers(item, name)), key=lambda item: item.preference)
    first = {item.elliptic: item for item in reversed(candidates)}
    return tuple(first[elliptic] for elliptic in (True, False) if elliptic in first)
