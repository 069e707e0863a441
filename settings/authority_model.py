"""The authority, its clients, and the certificates of servers, as frozen dataclasses; `model` is the door."""

from dataclasses import dataclass
from typing import Literal

from settings.secret import Secret

AlgorithmName = Literal["ecdsa-p256", "ecdsa-p384", "rsa-2048", "rsa-4096"]
PrivateCaAlgorithm = Literal["ECC_256", "RSA_2048", "RSA_4096"]


@dataclass(frozen=True)
class Subject:
    """Distinguished name of a certificate; absent attributes are left out of the name."""

    common_name: str
    country: str = ""
    state: str = ""
    locality: str = ""
    organization: str = ""
    unit: str = ""
    email: str = ""


@dataclass(frozen=True)
class Subtrees:
    """Trees of names, by kind (RFC 5280 section 4.2.1.10).

    `dns`: a domain, for itself and every name below it. `email`: an address; a host, for all addresses on it; `.domain`
    for those on every host below. `uri`: a host; `.domain` for every host below.
    """

    dns: tuple[str, ...] = ()
    email: tuple[str, ...] = ()
    uri: tuple[str, ...] = ()


@dataclass(frozen=True)
class NameConstraints:
    """What names a CA may certify. A kind of name without a permitted tree is limited by the excluded ones alone."""

    permitted: Subtrees = Subtrees()
    excluded: Subtrees = Subtrees()


@dataclass(frozen=True)
class ImportedRoot:
    """A root made elsewhere that a generation signs with. Its key is a secret nobody has looked at yet.

    `key` is PEM (PKCS#8, PKCS#1 or SEC 1, encrypted or not) or the base64 of a PKCS#12 file; it may be empty
    once the stack has the key in its state.
    """

    certificate_pem: str
    key: Secret
    passphrase: Secret


@dataclass(frozen=True)
class Generation:
    """One generation of a self-managed authority; immutable once it has been created."""

    name: str
    subject: Subject
    algorithm: AlgorithmName = "ecdsa-p256"
    validity_days: int = 3650
    intermediate: bool = True
    imported: ImportedRoot | None = None
    """The root to sign with, where it was made elsewhere; subject, algorithm and validity are then its own."""
    intermediate_revision: int = 1
    """Another number is another intermediate below the same root; the one before is forgotten."""
    name_constraints: NameConstraints = NameConstraints()
    """What its root and intermediate may certify; an imported root's own, read from its certificate."""


@dataclass(frozen=True)
class SelfManagedAuthority:
    """An authority whose keys are made by the stack and live, encrypted, in its state."""

    generations: dict[str, Generation]
    """Oldest first."""
    issuing: str
    trusted: str
    bridge_back: bool = False
    """Whether a newer generation vouches for the older one, beside the reverse."""
    accept_lockout: tuple[str, ...] = ()
    """Clients that a change may lock out."""


@dataclass(frozen=True)
class IdentifierAuthority:
    """A CA that somebody else uploaded; nothing is uploaded, issued or deleted."""

    identifier: str


@dataclass(frozen=True)
class ExternalAuthority:
    """A CA whose key lies elsewhere. It is uploaded and trusted; nothing is signed by the stack.

    The first certificate is the one that is trusted; what signed it may follow.
    """

    certificate_pem: str
    allow_version_1_root: bool = False


@dataclass(frozen=True)
class PrivateCaAuthority:
    """Root and subordinate in Alibaba Cloud's Private Certificate Authority, which keeps their keys; paid.

    `subject` is the root's; the subordinate has another common name. Validities in years.
    """

    subject: Subject
    algorithm: PrivateCaAlgorithm = "ECC_256"
    root_years: int = 10
    subordinate_years: int = 5


Authority = SelfManagedAuthority | IdentifierAuthority | ExternalAuthority | PrivateCaAuthority


@dataclass(frozen=True)
class SubjectAlternativeNames:
    """Names a certificate speaks for; a certificate carries at least one."""

    dns: tuple[str, ...] = ()
    email: tuple[str, ...] = ()
    uri: tuple[str, ...] = ()


@dataclass(frozen=True)
class Client:
    """A holder of a client certificate. Without a CSR the stack makes the key, unless it brings its certificate."""

    name: str
    subject: Subject
    names: SubjectAlternativeNames
    algorithm: AlgorithmName = "ecdsa-p256"
    validity_days: int = 30
    renew_before_days: int = 10
    csr_pem: str = ""
    certificate_pem: str = ""
    """A certificate made elsewhere, its chain after it; then the fields above describe, and decide nothing."""
    delivered: str = ""
    """Generation of the certificate it carries in the field; "": the oldest one that is listed."""
    bridged_by: str = ""
    """Newer generation whose bridge was delivered to it after its certificate."""


@dataclass(frozen=True)
class DeniedClient:
    """A certificate that servers shall turn away although it is valid: its SHA-256, and its serial if known (hex)."""

    name: str
    fingerprint: str
    serial: str = ""
    reason: str = ""


@dataclass(frozen=True)
class UploadedServerCertificate:
    """A certificate and key that the stack uploads to Certificate Management Service."""

    certificate_pem: str
    private_key: Secret


@dataclass(frozen=True)
class ReferencedServerCertificate:
    """A certificate that is already there; the stack reads it and never deletes it."""

    identifier: str


@dataclass(frozen=True)
class IssuedServerCertificate:
    """A certificate made by the stack's own authority, for test stacks."""

    names: tuple[str, ...]
    validity_days: int = 90
    renew_before_days: int = 30


ServerCertificate = UploadedServerCertificate | ReferencedServerCertificate | IssuedServerCertificate


@dataclass(frozen=True)
class CaRepository:
    """Where the CA is uploaded: a repository found by its name, or created when `create` is set."""

    name: str
    create: bool = True
