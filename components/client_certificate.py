"""The certificates of one client, one a generation, and its key unless the client keeps that to itself."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import TypedDict

import pulumi

from components.certificate_authority import Issuer
from components.dynamic import Certificate, PrivateKey
from components.settings.model import Client
from components.x509 import Profile


class ClientCertificateArgs(TypedDict):
    """`client` is plain because its CSR decides whether there is a key; issuers only flow through."""

    client: Client
    issuers: Mapping[str, Issuer]
    """By generation, for each one that the client has a certificate of."""
    issuing: str
    """The generation whose certificate is the client's own; the others' are records of what it was handed before."""


class ClientCertificate(pulumi.ComponentResource):
    """A leaf with clientAuth and a subject alternative name, renewed before it expires.

    It is never protected: a renewal is a replacement, and a protected leaf would fail the run. Leaves of
    generations that no longer issue stay as they are, unrenewed, until their generation leaves the list:
    they say what the client may still carry.
    """

    certificates: dict[str, Certificate]
    """The leaves by generation."""
    certificate: Certificate
    """The leaf: PEM, serial, fingerprint and dates, all plain."""
    chain_pem: pulumi.Output[str]
    """What the client sends after its leaf."""
    private_key_pem: pulumi.Output[str]
    """A secret; the empty string when the client came with a CSR."""

    def __init__(self, name: str, args: ClientCertificateArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mtlsedge:index:ClientCertificate", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        client, issuers, issuing = args["client"], args["issuers"], args["issuing"]
        key = None if client.csr_pem else PrivateKey(f"{name}-key", algorithm=client.algorithm, opts=child)
        self.certificates = {
            generation: _leaf(f"{name}-leaf@{generation}", client, key, issuer, child, kept=generation != issuing)
            for generation, issuer in issuers.items()
        }
        self.certificate = self.certificates[issuing]
        self.chain_pem = issuers[issuing].chain_pem
        self.private_key_pem = key.private_key_pem if key else pulumi.Output.secret("")
        self.register_outputs({"fingerprint": self.certificate.fingerprint, "not_after": self.certificate.not_after})


def _leaf(
    name: str, client: Client, key: PrivateKey | None, issuer: Issuer, options: pulumi.ResourceOptions, *, kept: bool
) -> Certificate:
    return Certificate(
        name,
        profile=Profile.CLIENT.value,
        subject=asdict(client.subject),
        names=asdict(client.names),
        validity_days=client.validity_days,
        renew_before_days=client.renew_before_days,
        public_key_pem=key.public_key_pem if key else "",
        csr_pem=client.csr_pem,
        issuer_certificate_pem=issuer.certificate_pem,
        issuer_private_key_pem=issuer.private_key_pem,
        kept=kept,
        opts=options,
    )
