"""Alibaba Cloud's private CA: root and subordinate kept by the service, clients ordered with signing requests."""

from typing import NotRequired, TypedDict

import pulumi
from pulumi_alicloud import sslcertificatesservice

from mtlsedge_components.certificates import (
    AlternativeNamesArgs,
    CaCertificate,
    LeafCertificate,
    SubjectArgs,
    alternative_names,
    attributes,
)
from mtlsedge_components.client_certificate import RENEW_BEFORE_DAYS, VALIDITY_DAYS
from mtlsedge_components.dynamic import PcaClient, PrivateCa, PrivateKey
from mtlsedge_components.identity import Identity, IdentityArgs
from mtlsedge_components.sites import DEFAULT_SITE
from mtlsedge_components.x509.keys import DEFAULT_ALGORITHM
from mtlsedge_components.x509.names import extended

SUBORDINATE = " Intermediate"
"""What the subordinate's common name adds to the root's."""
ALGORITHM = "ECC_256"
ROOT_YEARS = 10
SUBORDINATE_YEARS = 5


class PrivateCaAuthorityArgs(TypedDict):
    """What the service is asked for: a root and a subordinate, whose keys it keeps. It is paid."""

    subject: SubjectArgs
    """The root's subject; the subordinate has another common name."""
    algorithm: NotRequired[str]
    """ECC_256 (the default), RSA_2048 or RSA_4096."""
    root_years: NotRequired[int]
    """Years that the root is valid, 1 to 10. Default: 10."""
    subordinate_years: NotRequired[int]
    """Years that the subordinate is valid, not more than the root. Default: 5."""
    site: NotRequired[str]
    """Site of Certificate Management Service: international (the default) or china."""
    identity: NotRequired[IdentityArgs]
    """Names, tags, import ids and protection."""


class Subordinate(TypedDict):
    """The CA of the service that signs clients. All of it is public."""

    identifier: pulumi.Input[str]
    """Its identifier in the service."""
    certificate_pem: pulumi.Input[str]
    """Its certificate, PEM. Clients send it after their own."""
    not_after: pulumi.Input[str]
    """End of its validity, ISO 8601 UTC."""
    service_end: pulumi.Input[str]
    """When the paid service ends, ISO 8601 UTC; empty where the service does not say."""


class PrivateCaAuthority(pulumi.ComponentResource):
    """Root and subordinate of the private CA service, each followed by a resource that knows its certificate.

    On the way down each CA is revoked before the provider deletes it, the subordinate before the root, as the
    service demands; the provider alone would fail there. In production both are protected: a revoked CA never
    comes back.
    """

    trusted: CaCertificate
    """The root: it is uploaded to the CA repository like any other."""
    subordinate: Subordinate
    """What signs clients, in the service; they send it after their own certificate."""

    def __init__(self, name: str, args: PrivateCaAuthorityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mtlsedge:index:PrivateCaAuthority", name, None, opts)
        identity, site = Identity.of(args.get("identity")), args.get("site", DEFAULT_SITE)
        algorithm, child = (
            args.get("algorithm", ALGORITHM),
            pulumi.ResourceOptions(parent=self, protect=identity.protect),
        )
        root = sslcertificatesservice.PcaCertificate(
            f"{name}-root",
            **_wanted(args["subject"], algorithm, args.get("root_years", ROOT_YEARS)),
            tags=identity.tags,
            opts=child,
        )
        trusted = PrivateCa(f"{name}-root-certificate", identifier=root.id, site=site, opts=child)
        below = sslcertificatesservice.PcaCertificate(
            f"{name}-subordinate",
            **_wanted(_below(args["subject"]), algorithm, args.get("subordinate_years", SUBORDINATE_YEARS)),
            certificate_type="SUB_ROOT",
            parent_identifier=trusted.identifier,  # not root.id: so that the root is revoked after this one is gone
            tags=identity.tags,
            opts=child,
        )
        subordinate = PrivateCa(f"{name}-subordinate-certificate", identifier=below.id, site=site, opts=child)
        self.trusted = {
            "certificate_pem": trusted.certificate_pem,
            "fingerprint": trusted.fingerprint,
            "not_after": trusted.not_after,
        }
        self.subordinate = {
            "identifier": subordinate.identifier,
            "certificate_pem": subordinate.certificate_pem,
            "not_after": subordinate.not_after,
            "service_end": subordinate.service_end,
        }
        self.register_outputs({"fingerprint": trusted.fingerprint})


class PcaClientCertificateArgs(TypedDict):
    """The CSR decides whether there is a key."""

    subordinate: Subordinate
    """What signs."""
    subject: SubjectArgs
    """Subject of the certificate. The service puts its account's company where an attribute is not said."""
    names: AlternativeNamesArgs
    """Names the certificate speaks for, at least one."""
    algorithm: NotRequired[str]
    """Of the key that is made: ecdsa-p256 (the default), ecdsa-p384, rsa-2048 or rsa-4096."""
    validity_days: NotRequired[int]
    """Days that the certificate is valid, 1 to 3650. Default: 30."""
    renew_before_days: NotRequired[int]
    """Days before its end when it is renewed, fewer than `validity_days`. Default: 10."""
    csr_pem: NotRequired[str]
    """Certificate signing request, PEM. Then the client keeps its key. Default: the key is made here."""
    site: NotRequired[str]
    """Site of Certificate Management Service: international (the default) or china."""


class PcaClientCertificate(pulumi.ComponentResource):
    """A client certificate of the private CA service, with the key it was ordered with, and so a PFX."""

    certificate: LeafCertificate
    """The client's certificate."""
    chain_pem: pulumi.Output[str]
    """What the client sends after its certificate, PEM."""
    private_key_pem: pulumi.Output[str]
    """The key, PEM. A secret; the empty string when the client came with a CSR."""

    def __init__(self, name: str, args: PcaClientCertificateArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mtlsedge:index:PcaClientCertificate", name, None, opts)
        child, subordinate = pulumi.ResourceOptions(parent=self), args["subordinate"]
        algorithm, csr_pem = args.get("algorithm", DEFAULT_ALGORITHM), args.get("csr_pem", "")
        key = None if csr_pem else PrivateKey(f"{name}-key", algorithm=algorithm, opts=child)
        leaf = PcaClient(
            f"{name}-leaf",
            parent_identifier=subordinate["identifier"],
            issuer_not_after=subordinate["not_after"],
            service_end=subordinate["service_end"],
            subject=attributes(args["subject"]),
            names=alternative_names(args["names"]),
            algorithm=algorithm,
            validity_days=args.get("validity_days", VALIDITY_DAYS),
            renew_before_days=args.get("renew_before_days", RENEW_BEFORE_DAYS),
            site=args.get("site", DEFAULT_SITE),
            public_key_pem=key.public_key_pem if key else "",
            private_key_pem=key.private_key_pem if key else "",
            csr_pem=csr_pem,
            opts=child,
        )
        self.certificate = {
            "certificate_pem": leaf.certificate_pem,
            "serial": leaf.serial,
            "fingerprint": leaf.fingerprint,
            "not_after": leaf.not_after,
        }
        self.chain_pem = pulumi.Output.from_input(subordinate["certificate_pem"])
        self.private_key_pem = key.private_key_pem if key else pulumi.Output.secret("")
        self.register_outputs({"fingerprint": leaf.fingerprint, "not_after": leaf.not_after})


def _wanted(subject: SubjectArgs, algorithm: str, years: int) -> dict:
    return {
        "common_name": subject["common_name"],
        "country_code": subject.get("country", ""),
        "state": subject.get("state", ""),
        "locality": subject.get("locality", ""),
        "organization": subject.get("organization", ""),
        "organization_unit": subject.get("unit", ""),
        "algorithm": algorithm,
        "years": years,
    }


def _below(subject: SubjectArgs) -> SubjectArgs:
    return {**subject, "common_name": extended(subject["common_name"], SUBORDINATE)}
