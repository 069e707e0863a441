"""The certificates of one client, one a generation, and its key unless the client keeps that to itself."""

from typing import NotRequired, TypedDict

import pulumi

from mtlsedge_components.certificates import (
    AlternativeNamesArgs,
    Issuer,
    LeafCertificate,
    SubjectArgs,
    alternative_names,
    attributes,
)
from mtlsedge_components.dynamic import Certificate, PrivateKey
from mtlsedge_components.x509.keys import DEFAULT_ALGORITHM
from mtlsedge_components.x509.profiles import Profile

VALIDITY_DAYS = 30
RENEW_BEFORE_DAYS = 10


class ClientCertificateArgs(TypedDict):
    """Generations and the CSR decide which resources there are; issuers only flow through."""

    subject: SubjectArgs
    """Subject of the certificate."""
    names: AlternativeNamesArgs
    """Names the certificate speaks for, at least one."""
    issuers: dict[str, Issuer]
    """By generation, for each one that the client has a certificate of."""
    issuing: str
    """The generation whose certificate is the client's own; the others' are records of what it was handed before."""
    algorithm: NotRequired[str]
    """Of the key that is made: ecdsa-p256 (the default), ecdsa-p384, rsa-2048 or rsa-4096."""
    validity_days: NotRequired[int]
    """Days that the certificate is valid, 1 to 3650. Default: 30."""
    renew_before_days: NotRequired[int]
    """Days before its end when it is renewed, fewer than `validity_days`. Default: 10."""
    csr_pem: NotRequired[str]
    """Certificate signing request, PEM. Then the client keeps its key. Default: the key is made here."""


class ClientCertificate(pulumi.ComponentResource):
    """A leaf with clientAuth and a subject alternative name, renewed before it expires.

    It is never protected: a renewal is a replacement, and a protected leaf would fail the run. Leaves of
    generations that no longer issue stay as they are, unrenewed, until their generation leaves the list:
    they say what the client may still carry.
    """

    certificates: dict[str, LeafCertificate]
    """The leaves by generation."""
    certificate: LeafCertificate
    """The leaf of the generation that issues."""
    chain_pem: pulumi.Output[str]
    """What the client sends after its leaf, PEM."""
    private_key_pem: pulumi.Output[str]
    """The key, PEM. A secret; the empty string when the client came with a CSR."""

    def __init__(self, name: str, args: ClientCertificateArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mtlsedge:index:ClientCertificate", name, None, opts)
        child, issuing = pulumi.ResourceOptions(parent=self), args["issuing"]
        algorithm = args.get("algorithm", DEFAULT_ALGORITHM)
        key = None if args.get("csr_pem") else PrivateKey(f"{name}-key", algorithm=algorithm, opts=child)
        self.certificates = {
            generation: _facts(_leaf(f"{name}-leaf@{generation}", args, key, issuer, child, kept=generation != issuing))
            for generation, issuer in args["issuers"].items()
        }
        self.certificate = self.certificates[issuing]
        self.chain_pem = pulumi.Output.from_input(args["issuers"][issuing]["chain_pem"])
        self.private_key_pem = key.private_key_pem if key else pulumi.Output.secret("")
        self.register_outputs(
            {"fingerprint": self.certificate["fingerprint"], "not_after": self.certificate["not_after"]}
        )


def _leaf(
    name: str,
    args: ClientCertificateArgs,
    key: PrivateKey | None,
    issuer: Issuer,
    options: pulumi.ResourceOptions,
    *,
    kept: bool,
) -> Certificate:
    return Certificate(
        name,
        profile=Profile.CLIENT.value,
        subject=attributes(args["subject"]),
        names=alternative_names(args["names"]),
        validity_days=args.get("validity_days", VALIDITY_DAYS),
        renew_before_days=args.get("renew_before_days", RENEW_BEFORE_DAYS),
        public_key_pem=key.public_key_pem if key else "",
        csr_pem=args.get("csr_pem", ""),
        issuer_certificate_pem=issuer["certificate_pem"],
        issuer_private_key_pem=issuer["private_key_pem"],
        kept=kept,
        opts=options,
    )


def _facts(leaf: Certificate) -> LeafCertificate:
    return {
        "certificate_pem": leaf.certificate_pem,
        "serial": leaf.serial,
        "fingerprint": leaf.fingerprint,
        "not_after": leaf.not_after,
    }
