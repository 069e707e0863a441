"""What the program asks of an authority and of a client, of whatever kind."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from mtlsedge_components.ca_repository import CaRepository, CaRepositoryArgs
from mtlsedge_components.certificates import AlternativeNamesArgs, CaCertificate, Issuer, LeafCertificate, SubjectArgs
from mtlsedge_components.x509.constraints import Subtrees
from mtlsedge_components.x509.names import Subject, SubjectAlternativeNames, distinguished_name, readable
from program.common import Common
from settings.model import Settings


@dataclass(frozen=True)
class BuiltClient:
    """What a stack has of a client, made here or elsewhere. The key is empty where the client keeps it."""

    subject: str
    """RFC 4514 text, known in a preview, too."""
    certificate: LeafCertificate
    chain_pem: pulumi.Output[str]
    private_key_pem: pulumi.Output[str]


class BuiltAuthority(ABC):
    """An authority in the order a stack is built: itself, then `ca`, and `clients` after what serves them."""

    issuer: Issuer | None = None
    """What signs server certificates, if it does that."""
    fingerprint: str = ""
    """SHA-256 of the CA certificate, where the stack file has it; empty of one that `up` makes."""

    @abstractmethod
    def ca(self) -> CaRepository:
        """The CA that a load balancer trusts, as a certificate in its repository."""

    @abstractmethod
    def clients(self) -> Mapping[str, BuiltClient]:
        """Every client of the stack file."""

    @abstractmethod
    def outputs(self) -> dict[str, Any]:
        """The stack outputs that the kind decides: `authority`, and `rotation` where there are generations."""


def uploaded(
    settings: Settings, common: Common, trusted: CaCertificate, *, allow_version_1_root: bool = False
) -> CaRepository:
    """The repository of the stack file with a CA certificate in it."""
    repository = settings.ca_repository
    args: CaRepositoryArgs = {
        "trusted": trusted,
        "repository_name": repository.name,
        "create_repository": repository.create,
        "allow_version_1_root": allow_version_1_root,
        "site": settings.certificate_site,
        "identity": common.identity,
    }
    if common.repository is not None:
        args["warehouse_id"] = common.repository
    return CaRepository(common.name("ca"), args, common.opts)


def trusted_certificate(trusted: CaCertificate) -> dict[str, Any]:
    """What every `authority` output says of the CA certificate that the load balancer trusts."""
    return {
        "fingerprint": trusted["fingerprint"],
        "notAfter": trusted["not_after"],
        "certificate": trusted["certificate_pem"],
    }


def readable_subject(subject: Subject) -> str:
    """A subject as RFC 4514 text, from the settings."""
    return readable(distinguished_name(subject))


def subject_args(subject: Subject) -> SubjectArgs:
    """A subject as components take it."""
    return {
        "common_name": subject.common_name,
        "country": subject.country,
        "state": subject.state,
        "locality": subject.locality,
        "organization": subject.organization,
        "unit": subject.unit,
        "email": subject.email,
    }


def names_args(names: SubjectAlternativeNames | Subtrees) -> AlternativeNamesArgs:
    """Names by kind, as components take them."""
    return {"dns": list(names.dns), "email": list(names.email), "uri": list(names.uri)}
