"""The certificate authority of a stack: roots, and the intermediates that sign in their place."""

from dataclasses import asdict, dataclass
from typing import TypedDict

import pulumi

from components.dynamic import Certificate, PrivateKey
from components.identity import Identity
from components.settings.model import Generation, SelfManagedAuthority, SubjectAlternativeNames
from components.x509 import Profile


@dataclass(frozen=True)
class Issuer:
    """The CA that signs leaves: the intermediate of a generation, or its root where there is none."""

    certificate_pem: pulumi.Output[str]
    private_key_pem: pulumi.Output[str]
    """A Pulumi secret, passed on as it is: a transformed one would preview as a replacement."""
    chain_pem: pulumi.Output[str]
    """What a holder sends after its own certificate: the intermediate, or nothing."""
    root: Certificate
    """What a verifier trusts."""


class CertificateAuthorityArgs(TypedDict):
    """Plain values: generations decide how many resources there are."""

    authority: SelfManagedAuthority
    identity: Identity


class CertificateAuthority(pulumi.ComponentResource):
    """Keys and certificates of every generation, made by the stack and kept, encrypted, in its state.

    Generations are immutable: the dynamic provider refuses any change of one that exists, and never
    renews it, because a CA that changes under its clients locks them out. The *root* is what ALB is
    given to trust, so that an intermediate can follow another under the one CA slot a listener has;
    clients send the intermediate themselves. CA resources are protected in production, where nobody
    can make the same root again.
    """

    issuer: Issuer
    """What signs: the generation named by `issuing`."""
    trusted: Certificate
    """What the load balancer trusts: the root of the generation named by `trusted`."""

    def __init__(self, name: str, args: CertificateAuthorityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mtlsedge:index:CertificateAuthority", name, None, opts)
        authority = args["authority"]
        issuers = {
            key: self._generation(f"{name}-{key}", generation, args["identity"])
            for key, generation in sorted(authority.generations.items())
        }
        self.issuer = issuers[authority.issuing]
        self.trusted = issuers[authority.trusted].root
        self.register_outputs(
            {"issuing": authority.issuing, "trusted": authority.trusted, "fingerprint": self.trusted.fingerprint}
        )

    def _generation(self, name: str, generation: Generation, identity: Identity) -> Issuer:
        options = pulumi.ResourceOptions(parent=self, protect=identity.protect)
        key = PrivateKey(f"{name}-root-key", algorithm=generation.algorithm, immutable=True, opts=options)
        root = Certificate(
            f"{name}-root",
            **_ca(generation, Profile.ROOT),
            public_key_pem=key.public_key_pem,
            issuer_certificate_pem="",
            issuer_private_key_pem=key.private_key_pem,
            path_length=1,
            opts=options,
        )
        if not generation.intermediate:
            return Issuer(root.certificate_pem, key.private_key_pem, pulumi.Output.from_input(""), root)
        return self._intermediate(f"{name}-intermediate", generation, key, root, options)

    def _intermediate(
        self,
        name: str,
        generation: Generation,
        root_key: PrivateKey,
        root: Certificate,
        options: pulumi.ResourceOptions,
    ) -> Issuer:
        key = PrivateKey(f"{name}-key", algorithm=generation.algorithm, immutable=True, opts=options)
        certificate = Certificate(
            name,
            **_ca(generation, Profile.INTERMEDIATE),
            public_key_pem=key.public_key_pem,
            issuer_certificate_pem=root.certificate_pem,
            issuer_private_key_pem=root_key.private_key_pem,
            path_length=0,
            opts=options,
        )
        return Issuer(certificate.certificate_pem, key.private_key_pem, certificate.certificate_pem, root)


def _ca(generation: Generation, profile: Profile) -> dict:
    """What both CA certificates of a generation share; `renew_before_days` 0 means never."""
    subject = asdict(generation.subject)
    if profile is Profile.INTERMEDIATE:
        subject["common_name"] = _intermediate_name(generation.subject.common_name)
    return {
        "profile": profile.value,
        "subject": subject,
        "names": asdict(SubjectAlternativeNames()),
        "validity_days": generation.validity_days,
        "renew_before_days": 0,
        "generation": generation.name,
        "immutable": True,
    }


def _intermediate_name(root_name: str) -> str:
    """A common name of its own, cut to X.520's 64 characters: equal subjects would confuse path building."""
    suffix = " Intermediate"
    return root_name[: 64 - len(suffix)] + suffix
