"""The certificate the HTTPS listener shows: uploaded, referred to, or made by the stack's own authority."""

from dataclasses import asdict
from typing import TypedDict

import pulumi
from pulumi_alicloud import cas

from components.certificate_authority import Issuer
from components.dynamic import Certificate, PrivateKey, ServerCertificateReference
from components.identity import Identity
from components.settings.forms import SUFFIXES
from components.settings.model import (
    IssuedServerCertificate,
    ReferencedServerCertificate,
    Site,
    Subject,
    SubjectAlternativeNames,
    UploadedServerCertificate,
)
from components.settings.model import ServerCertificate as CertificateSettings
from components.x509 import Profile, inspect

COMMON_NAME_LIMIT = 64
"""X.520's upper bound of a common name; verifiers read the alternative names, which have no such bound."""


class ServerCertificateArgs(TypedDict):
    """`certificate` is plain, its kind decides what exists; the issuer only flows through."""

    certificate: CertificateSettings
    role: tuple[str, ...]
    """What it is in `components.naming`: the listener's own certificate, or an additional one by name."""
    hosts: list[str]
    """Names a referenced certificate has to cover; empty: whatever it covers."""
    site: Site
    issuer: Issuer | None
    identity: Identity


class ServerCertificate(pulumi.ComponentResource):
    """One server certificate in Certificate Management Service, known to ALB by `identifier`.

    A new certificate has a new name (it ends in digits of its fingerprint), so that it is uploaded
    and the listener switched over before the old one is deleted. A referenced one is only read:
    that it exists, is in date and covers the names. It is never deleted.
    """

    identifier: pulumi.Output[str]
    """`<CertId>-<suffix of the CAS site>`, as listeners want it; the suffix is not the load balancer's region."""
    fingerprint: pulumi.Output[str]
    """SHA-256 of the leaf's DER, in hex."""
    not_after: pulumi.Output[str]
    """End of validity, ISO 8601 UTC."""
    names: pulumi.Output[list[str]]
    """The DNS names it speaks for."""
    issuer_pem: pulumi.Output[str]
    """What a client has to trust to accept it; empty where the stack does not know."""

    def __init__(self, name: str, args: ServerCertificateArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mtlsedge:index:ServerCertificate", name, None, opts)
        self.issuer_pem = pulumi.Output.from_input("")
        match args["certificate"]:
            case ReferencedServerCertificate() as reference:
                self._refer(name, reference, args)
            case UploadedServerCertificate() as uploaded:
                self._upload_given(name, uploaded, args)
            case IssuedServerCertificate() as issued:
                self._issue(name, issued, args)
        self.register_outputs({"identifier": self.identifier, "not_after": self.not_after})

    def _refer(self, name: str, reference: ReferencedServerCertificate, args: ServerCertificateArgs) -> None:
        found = ServerCertificateReference(
            f"{name}-reference",
            identifier=reference.identifier,
            names=args["hosts"],
            site=args["site"],
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.identifier = found.identifier
        self.fingerprint, self.not_after, self.names = found.fingerprint, found.not_after, found.subject_names

    def _upload_given(self, name: str, uploaded: UploadedServerCertificate, args: ServerCertificateArgs) -> None:
        facts = inspect(uploaded.certificate_pem)
        self.fingerprint = pulumi.Output.from_input(facts.fingerprint)
        self.not_after = pulumi.Output.from_input(facts.not_after)
        self.names = pulumi.Output.from_input(list(facts.dns_names))
        self._upload(name, uploaded.certificate_pem, uploaded.private_key.output(), args)

    def _issue(self, name: str, issued: IssuedServerCertificate, args: ServerCertificateArgs) -> None:
        issuer = args["issuer"]
        if issuer is None:
            raise pulumi.RunError(
                "mtlsedge:serverCertificate: found issueFromAuthority; allowed only with a selfManaged authority"
            )
        child = pulumi.ResourceOptions(parent=self)
        key = PrivateKey(f"{name}-key", algorithm="ecdsa-p256", opts=child)
        leaf = Certificate(
            f"{name}-leaf",
            profile=Profile.SERVER.value,
            subject=asdict(Subject(common_name=issued.names[0][:COMMON_NAME_LIMIT])),
            names=asdict(SubjectAlternativeNames(dns=issued.names)),
            validity_days=issued.validity_days,
            renew_before_days=issued.renew_before_days,
            public_key_pem=key.public_key_pem,
            issuer_certificate_pem=issuer.certificate_pem,
            issuer_private_key_pem=issuer.private_key_pem,
            opts=child,
        )
        self.fingerprint, self.not_after = leaf.fingerprint, leaf.not_after
        self.names = pulumi.Output.from_input(list(issued.names))
        self.issuer_pem = issuer.root.certificate_pem
        self._upload(name, pulumi.Output.concat(leaf.certificate_pem, issuer.chain_pem), key.private_key_pem, args)

    def _upload(
        self, name: str, chain: pulumi.Input[str], key: pulumi.Output[str], args: ServerCertificateArgs
    ) -> None:
        identity = args["identity"]
        uploaded = cas.ServiceCertificate(
            f"{name}-upload",
            certificate_name=identity.content_name(self.fingerprint, *args["role"]),
            cert=chain,
            key=key,
            tags=identity.tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.identifier = pulumi.Output.concat(uploaded.id, "-", SUFFIXES[args["site"]])
