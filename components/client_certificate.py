"""The certificate of one client, and its key unless the client keeps that to itself."""

from dataclasses import asdict
from typing import TypedDict

import pulumi

from components.certificate_authority import Issuer
from components.dynamic import Certificate, PrivateKey
from components.settings.model import Client
from components.x509 import Profile


class ClientCertificateArgs(TypedDict):
    """`client` is plain because its CSR decides whether there is a key; the issuer only flows through."""

    client: Client
    issuer: Issuer


class ClientCertificate(pulumi.ComponentResource):
    """A leaf with clientAuth and a subject alternative name, renewed before it expires.

    It is never protected: a renewal is a replacement, and a protected leaf would fail the run.
    """

    certificate: Certificate
    """The leaf: PEM, serial, fingerprint and dates, all plain."""
    chain_pem: pulumi.Output[str]
    """What the client sends after its leaf."""
    private_key_pem: pulumi.Output[str]
    """A secret; the empty string when the client came with a CSR."""

    def __init__(self, name: str, args: ClientCertificateArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mtlsedge:index:ClientCertificate", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        client, issuer = args["client"], args["issuer"]
        key = None if client.csr_pem else PrivateKey(f"{name}-key", algorithm=client.algorithm, opts=child)
        self.certificate = Certificate(
            f"{name}-leaf",
            profile=Profile.CLIENT.value,
            subject=asdict(client.subject),
            names=asdict(client.names),
            validity_days=client.validity_days,
            renew_before_days=client.renew_before_days,
            public_key_pem=key.public_key_pem if key else "",
            csr_pem=client.csr_pem,
            issuer_certificate_pem=issuer.certificate_pem,
            issuer_private_key_pem=issuer.private_key_pem,
            opts=child,
        )
        self.chain_pem = issuer.chain_pem
        self.private_key_pem = key.private_key_pem if key else pulumi.Output.secret("")
        self.register_outputs({"fingerprint": self.certificate.fingerprint, "not_after": self.certificate.not_after})
