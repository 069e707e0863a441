"""What a stack knows of an authority whose key lies elsewhere, and of the clients that bring its certificates."""

from dataclasses import dataclass

import pulumi

from components.certificates import CaCertificate, LeafCertificate
from components.x509 import inspect, split_chain
from components.x509.external import client_chain
from settings.model import Client
from settings.model import ExternalAuthority as ExternalSettings


@dataclass(frozen=True)
class ExternalAuthority:
    """Nothing is declared for it: the load balancer is given the certificate, and nothing is signed."""

    trusted: CaCertificate
    """The first certificate is the one that is trusted; its chain follows in the PEM text."""
    certificate_pem: str
    subject: str

    @classmethod
    def of(cls, settings: ExternalSettings) -> "ExternalAuthority":
        """The authority a stack file names; its certificate has been checked by then (`program.preconditions`)."""
        facts, pem = inspect(settings.certificate_pem), settings.certificate_pem
        trusted: CaCertificate = {
            "certificate_pem": pem,
            "fingerprint": facts.fingerprint,
            "not_after": facts.not_after,
        }
        return cls(trusted, pem, facts.subject)


@dataclass(frozen=True)
class BroughtClient:
    """A client of an external authority. The stack has its certificate and never its key."""

    certificate: LeafCertificate
    subject: str
    chain_pem: pulumi.Output[str]
    private_key_pem: pulumi.Output[str]

    @classmethod
    def of(cls, client: Client, authority: ExternalAuthority) -> "BroughtClient":
        """The client's certificate, and what it sends after it."""
        leaf, chain = client_chain(client.certificate_pem, authority.certificate_pem)
        facts = inspect(leaf)
        certificate: LeafCertificate = {
            "certificate_pem": leaf,
            "serial": facts.serial,
            "fingerprint": facts.fingerprint,
            "not_after": facts.not_after,
        }
        return cls(certificate, facts.subject, pulumi.Output.from_input(chain), pulumi.Output.secret(""))


def issuing_chain(authority: ExternalAuthority) -> str:
    """The CA's own certificate; what lies between it and its clients is known to the clients alone."""
    return split_chain(authority.certificate_pem)[0]
