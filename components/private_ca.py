"""Alibaba Cloud's private CA: root and subordinate kept by the service, clients ordered with signing requests."""

from dataclasses import asdict, replace
from typing import TypedDict

import pulumi
from pulumi_alicloud import sslcertificatesservice

from components.dynamic import PcaClient, PrivateCa, PrivateKey
from components.identity import Identity
from components.settings.model import Client, Site, Subject
from components.settings.model import PrivateCaAuthority as PrivateCaSettings

SUBORDINATE = " Intermediate"
"""What the subordinate's common name adds to the root's."""


class PrivateCaAuthorityArgs(TypedDict):
    """Plain values: what the service is asked for."""

    authority: PrivateCaSettings
    site: Site
    identity: Identity


class PrivateCaAuthority(pulumi.ComponentResource):
    """Root and subordinate of the private CA service, each followed by a resource that knows its certificate.

    On the way down each CA is revoked before the provider deletes it, the subordinate before the root, as the
    service demands; the provider alone would fail there. In production both are protected: a revoked CA never
    comes back.
    """

    trusted: PrivateCa
    """The root: it is uploaded to the CA repository like any other."""
    subordinate: PrivateCa
    """What signs clients, in the service; they send it after their own certificate."""

    def __init__(self, name: str, args: PrivateCaAuthorityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mtlsedge:index:PrivateCaAuthority", name, None, opts)
        authority, identity = args["authority"], args["identity"]
        child = pulumi.ResourceOptions(parent=self, protect=identity.protect)
        root = sslcertificatesservice.PcaCertificate(
            f"{name}-root",
            **_wanted(authority.subject, authority.algorithm, authority.root_years),
            tags=identity.tags,
            opts=child,
        )
        self.trusted = PrivateCa(f"{name}-root-certificate", identifier=root.id, site=args["site"], opts=child)
        subordinate = sslcertificatesservice.PcaCertificate(
            f"{name}-subordinate",
            **_wanted(_below(authority.subject), authority.algorithm, authority.subordinate_years),
            certificate_type="SUB_ROOT",
            parent_identifier=self.trusted.identifier,  # not root.id: so that the root is revoked after this one is gone
            tags=identity.tags,
            opts=child,
        )
        self.subordinate = PrivateCa(
            f"{name}-subordinate-certificate", identifier=subordinate.id, site=args["site"], opts=child
        )
        self.register_outputs({"fingerprint": self.trusted.fingerprint})


class PcaClientCertificateArgs(TypedDict):
    """`client` is plain because its CSR decides whether there is a key."""

    client: Client
    authority: PrivateCaAuthority
    defaults: Subject
    """The CA's subject: attributes a client leaves out are its own, for the service would put its company's there."""
    site: Site


class PcaClientCertificate(pulumi.ComponentResource):
    """A client certificate of the private CA service, with the key it was ordered with, and so a PFX."""

    certificate: PcaClient
    chain_pem: pulumi.Output[str]
    private_key_pem: pulumi.Output[str]
    """A secret; the empty string when the client came with a CSR."""

    def __init__(self, name: str, args: PcaClientCertificateArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mtlsedge:index:PcaClientCertificate", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        client, subordinate = args["client"], args["authority"].subordinate
        key = None if client.csr_pem else PrivateKey(f"{name}-key", algorithm=client.algorithm, opts=child)
        self.certificate = PcaClient(
            f"{name}-leaf",
            parent_identifier=subordinate.identifier,
            issuer_not_after=subordinate.not_after,
            service_end=subordinate.service_end,
            subject=asdict(client_subject(client.subject, args["defaults"])),
            names=asdict(client.names),
            algorithm=client.algorithm,
            validity_days=client.validity_days,
            renew_before_days=client.renew_before_days,
            site=args["site"],
            public_key_pem=key.public_key_pem if key else "",
            private_key_pem=key.private_key_pem if key else "",
            csr_pem=client.csr_pem,
            opts=child,
        )
        self.chain_pem = subordinate.certificate_pem
        self.private_key_pem = key.private_key_pem if key else pulumi.Output.secret("")
        self.register_outputs({"fingerprint": self.certificate.fingerprint, "not_after": self.certificate.not_after})


def client_subject(subject: Subject, defaults: Subject) -> Subject:
    """The client's subject with the CA's attributes where it has none of its own."""
    attributes = ("country", "state", "locality", "organization", "unit")
    return replace(subject, **{key: getattr(subject, key) or getattr(defaults, key) for key in attributes})


def _wanted(subject: Subject, algorithm: str, years: int) -> dict:
    return {
        "common_name": subject.common_name,
        "country_code": subject.country,
        "state": subject.state,
        "locality": subject.locality,
        "organization": subject.organization,
        "organization_unit": subject.unit,
        "algorithm": algorithm,
        "years": years,
    }


def _below(subject: Subject) -> Subject:
    return replace(subject, common_name=subject.common_name[: 64 - len(SUBORDINATE)] + SUBORDINATE)
