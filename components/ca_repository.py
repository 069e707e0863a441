"""Where the load balancer finds the CA it trusts: a repository in Certificate Management Service."""

from typing import TypedDict

import pulumi

from components.dynamic import CaRepositoryEntry, Certificate, ImportedRoot, PrivateCa, UploadedCa
from components.external_authority import TrustedCertificate
from components.identity import Identity
from components.settings.model import CaRepository as RepositorySettings
from components.settings.model import IdentifierAuthority, Site


class CaRepositoryArgs(TypedDict):
    """`trusted` is a certificate to upload, or the identifier of one that somebody else uploaded."""

    trusted: Certificate | ImportedRoot | PrivateCa | TrustedCertificate | IdentifierAuthority
    allow_version_1_root: bool
    repository: RepositorySettings
    site: Site
    identity: Identity


class CaRepository(pulumi.ComponentResource):
    """The repository (found by its name, or created), and in it the one CA certificate of the listener.

    Another trusted CA is a replacement, and the engine's own order is the safe one: upload the new
    certificate, point the listener at it, delete the old. Nothing here deletes before it replaces.
    The upload is the certificate alone; a CA key never leaves the state.
    """

    identifier: pulumi.Output[str]
    """What ALB wants as `CaCertificates[].CertificateId`: opaque, and without a site suffix."""

    def __init__(self, name: str, args: CaRepositoryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mtlsedge:index:CaRepository", name, None, opts)
        trusted = args["trusted"]
        if isinstance(trusted, IdentifierAuthority):
            self.identifier = pulumi.Output.from_input(trusted.identifier)
        else:
            self.identifier = self._upload(name, args, trusted).identifier
        self.register_outputs({"identifier": self.identifier})

    def _upload(
        self, name: str, args: CaRepositoryArgs, trusted: Certificate | ImportedRoot | PrivateCa | TrustedCertificate
    ) -> UploadedCa:
        child = pulumi.ResourceOptions(parent=self)
        repository, site = args["repository"], args["site"]
        entry = CaRepositoryEntry(
            f"{name}-entry", repository_name=repository.name, create=repository.create, site=site, opts=child
        )
        return UploadedCa(
            f"{name}-ca",
            repository_name=repository.name,
            warehouse_id=entry.warehouse_id,
            certificate_pem=trusted.certificate_pem,
            certificate_name=args["identity"].content_name(trusted.fingerprint, "ca"),
            site=site,
            allow_version_1_root=args["allow_version_1_root"],
            opts=child,
        )
