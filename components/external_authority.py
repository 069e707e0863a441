"""What a stack knows of an authority whose key lies elsewhere, and of the clients that bring its certificates."""

from dataclasses import dataclass

import pulumi

from components.settings.model import Client
from components.settings.model import ExternalAuthority as ExternalSettings
from components.x509 import Facts, inspect, split_chain
from components.x509.external import client_chain


@dataclass(frozen=True)
class TrustedCertificate:
    """A CA certificate that is there already, in the words of a `Certificate`; its chain follows in the PEM text."""

    certificate_pem: str
    fingerprint: str
    not_after: str
    subject: str


@dataclass(frozen=True)
class ExternalAuthority:
    """Nothing is declared for it: the load balancer is given the certificate, and nothing is signed."""

    trusted: TrustedCertificate
    allow_version_1_root: bool

    @classmethod
    def of(cls, settings: ExternalSettings) -> "ExternalAuthority":
        """The authority a stack file names; its certificate has been checked by then (`components.preconditions`)."""
        facts, pem = inspect(settings.certificate_pem), settings.certificate_pem
        return cls(
            TrustedCertificate(pem, facts.fingerprint, facts.not_after, facts.subject), settings.allow_version_1_root
        )


@dataclass(frozen=True)
class BroughtCertificate:
    """A client's leaf that was made elsewhere: what a `Certificate` resource has as outputs."""

    certificate_pem: str
    serial: str
    not_before: str
    not_after: str
    fingerprint: str
    subject: str


@dataclass(frozen=True)
class BroughtClient:
    """A client of an external authority. The stack has its certificate and never its key."""

    certificate: BroughtCertificate
    chain_pem: pulumi.Output[str]
    private_key_pem: pulumi.Output[str]

    @classmethod
    def of(cls, client: Client, trusted: TrustedCertificate) -> "BroughtClient":
        """The client's certificate, and what it sends after it."""
        leaf, chain = client_chain(client.certificate_pem, trusted.certificate_pem)
        return cls(_brought(leaf, inspect(leaf)), pulumi.Output.from_input(chain), pulumi.Output.secret(""))


def issuing_chain(trusted: TrustedCertificate) -> str:
    """The CA's own certificate; what lies between it and its clients is known to the clients alone."""
    return split_chain(trusted.certificate_pem)[0]


def _brought(leaf: str, facts: Facts) -> BroughtCertificate:
    return BroughtCertificate(leaf, facts.serial, facts.not_before, facts.not_after, facts.fingerprint, facts.subject)
