"""The certificate authority of a stack: roots, and the intermediates that sign in their place."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, TypedDict

import pulumi

from components.dynamic import Certificate, GenerationLedger, ImportedRoot, PrivateKey
from components.identity import Identity
from components.settings.model import (
    Client,
    Generation,
    NameConstraints,
    SelfManagedAuthority,
    SubjectAlternativeNames,
)
from components.settings.model import ImportedRoot as ImportedSettings
from components.x509 import Profile
from components.x509.rotation import bridge_partner

ROOT_PATH_LENGTH = 2
"""CAs that may follow a root: a bridge to another generation's root, and that one's intermediate."""


@dataclass(frozen=True)
class Issuer:
    """The CA that signs leaves: the intermediate of a generation, or its root where there is none."""

    certificate_pem: pulumi.Output[str]
    private_key_pem: pulumi.Output[str]
    """A Pulumi secret, passed on as it is: a transformed one would preview as a replacement."""
    chain_pem: pulumi.Output[str]
    """What a holder sends after its own certificate: the intermediate if there is one, then the bridge if there is one."""
    root: Certificate | ImportedRoot
    """What a verifier trusts."""
    root_private_key_pem: pulumi.Output[str]
    """A secret: what signs another generation's root, to vouch for it."""
    root_public_key_pem: pulumi.Output[str]


class CertificateAuthorityArgs(TypedDict):
    """Plain values: generations decide how many resources there are."""

    authority: SelfManagedAuthority
    clients: Mapping[str, Client]
    """Who has written down what is carried in the field, and who has not."""
    identity: Identity


class CertificateAuthority(pulumi.ComponentResource):
    """Keys and certificates of every generation, made by the stack and kept, encrypted, in its state.

    Generations are immutable: the dynamic provider refuses any change of one that exists, and never
    renews it, because a CA that changes under its clients locks them out. The *root* is what ALB is
    given to trust, so that an intermediate can follow another under the one CA slot a listener has;
    clients send the intermediate themselves. CA resources are protected in production, where nobody
    can make the same root again. While one generation follows another, a bridge vouches for the newer
    one where the older one is trusted (and for the older one on request); a ledger refuses to remove
    what is in use.
    """

    issuers: dict[str, Issuer]
    """What signs client certificates, or did, by generation, oldest first; chains with their bridge."""
    issuer: Issuer
    """What signs: the generation named by `issuing`. Its chain has no bridge: servers need none, and one that comes and
    goes would have their certificate uploaded again."""
    trusted: Certificate | ImportedRoot
    """What the load balancer trusts: the root of the generation named by `trusted`."""

    def __init__(self, name: str, args: CertificateAuthorityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mtlsedge:index:CertificateAuthority", name, None, opts)
        authority = args["authority"]
        self._ledger(name, authority, args["clients"])
        alone = {
            key: self._generation(f"{name}-{key}", generation, args["identity"])
            for key, generation in authority.generations.items()
        }
        self.issuers = {key: self._with_bridge(name, key, authority, alone) for key in alone}
        self.issuer = alone[authority.issuing]
        self.trusted = self.issuers[authority.trusted].root
        self.register_outputs(
            {"issuing": authority.issuing, "trusted": authority.trusted, "fingerprint": self.trusted.fingerprint}
        )

    def _ledger(self, name: str, authority: SelfManagedAuthority, clients: Mapping[str, Client]) -> None:
        GenerationLedger(
            f"{name}-generations",
            generations=list(authority.generations),
            issuing=authority.issuing,
            trusted=authority.trusted,
            delivered={client.name: client.delivered for client in clients.values() if client.delivered},
            undeclared=[client.name for client in clients.values() if not client.delivered],
            accept_lockout=authority.accept_lockout,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _with_bridge(
        self, name: str, key: str, authority: SelfManagedAuthority, issuers: Mapping[str, Issuer]
    ) -> Issuer:
        """The issuer of a generation, its chain led on to the generation that vouches for it."""
        partner = bridge_partner(tuple(authority.generations), key, bridge_back=authority.bridge_back)
        if not partner:
            return issuers[key]
        bridge = _bridge(
            f"{name}-{key}-bridge@{partner}", authority.generations[key], issuers[key], issuers[partner], self
        )
        return replace(issuers[key], chain_pem=pulumi.Output.concat(issuers[key].chain_pem, bridge.certificate_pem))

    def _generation(self, name: str, generation: Generation, identity: Identity) -> Issuer:
        options = pulumi.ResourceOptions(parent=self, protect=identity.protect)
        if generation.imported:
            imported = _imported(f"{name}-root", generation, generation.imported, options)
            return self._issuer(name, generation, imported, imported, options)
        key = PrivateKey(f"{name}-root-key", algorithm=generation.algorithm, immutable=True, opts=options)
        root = Certificate(
            f"{name}-root",
            **_ca(generation, Profile.ROOT),
            public_key_pem=key.public_key_pem,
            issuer_certificate_pem="",
            issuer_private_key_pem=key.private_key_pem,
            path_length=ROOT_PATH_LENGTH,
            opts=options,
        )
        return self._issuer(name, generation, key, root, options)

    def _issuer(
        self,
        name: str,
        generation: Generation,
        key: PrivateKey | ImportedRoot,
        root: Certificate | ImportedRoot,
        options: pulumi.ResourceOptions,
    ) -> Issuer:
        """The root itself, or an intermediate below it."""
        if not generation.intermediate:
            return Issuer(
                root.certificate_pem,
                key.private_key_pem,
                pulumi.Output.from_input(""),
                root,
                key.private_key_pem,
                key.public_key_pem,
            )
        return self._intermediate(_revised(f"{name}-intermediate", generation), generation, key, root, options)

    def _intermediate(
        self,
        name: str,
        generation: Generation,
        root_key: PrivateKey | ImportedRoot,
        root: Certificate | ImportedRoot,
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
        return Issuer(
            certificate.certificate_pem,
            key.private_key_pem,
            certificate.certificate_pem,
            root,
            root_key.private_key_pem,
            root_key.public_key_pem,
        )


def _imported(
    name: str, generation: Generation, imported: ImportedSettings, options: pulumi.ResourceOptions
) -> ImportedRoot:
    """A root made elsewhere, which stands for both certificate and key."""
    return ImportedRoot(
        name,
        certificate_pem=imported.certificate_pem,
        key=imported.key.output(),
        passphrase=imported.passphrase.output(),
        signs_intermediate=generation.intermediate,
        opts=options,
    )


def _bridge(
    name: str, generation: Generation, certified: Issuer, signer: Issuer, parent: pulumi.Resource
) -> Certificate:
    """A certificate for the root of `certified`, whose generation is given, by the root of `signer`.

    It outlives neither root. Like a root it is never changed nor renewed; unlike one it is not protected, since
    another that serves as well can be made at any time.
    """
    return Certificate(
        name,
        **_ca(generation, Profile.BRIDGE),
        public_key_pem=certified.root_public_key_pem,
        issuer_certificate_pem=signer.root.certificate_pem,
        issuer_private_key_pem=signer.root_private_key_pem,
        latest_end=certified.root.not_after,
        opts=pulumi.ResourceOptions(parent=parent),
    )


def _ca(generation: Generation, profile: Profile) -> dict[str, Any]:
    """What the CA certificates of a generation share; `renew_before_days` 0 means never.

    Name constraints stand in each of them, a bridge included: where a verifier believes a root, it need not look at
    what the root's own certificate says (RFC 5280 section 6.1). An imported root's are left to it.
    """
    subject = asdict(generation.subject)
    if profile is Profile.INTERMEDIATE:
        subject["common_name"] = _intermediate_name(generation)
    return {
        "profile": profile.value,
        "subject": subject,
        "names": asdict(SubjectAlternativeNames()),
        "validity_days": generation.validity_days,
        "renew_before_days": 0,
        "generation": generation.name,
        "immutable": True,
        "name_constraints": None if generation.imported else _name_constraints(generation.name_constraints),
    }


def _name_constraints(constraints: NameConstraints) -> dict[str, dict[str, list[str]]]:
    """The trees that are there: what is absent leaves no trace in the state."""
    parts = {
        part: {kind: list(trees) for kind, trees in names.items() if trees}
        for part, names in asdict(constraints).items()
    }
    return {part: names for part, names in parts.items() if names}


def _intermediate_name(generation: Generation) -> str:
    """A common name of its own, cut to X.520's 64 characters: equal subjects would confuse path building."""
    suffix = _revised(" Intermediate", generation).replace("-", " ")
    return generation.subject.common_name[: 64 - len(suffix)] + suffix


def _revised(text: str, generation: Generation) -> str:
    """With the revision's number from the second on: each revision is a resource of its own, and so never changes."""
    return text if generation.intermediate_revision == 1 else f"{text}-{generation.intermediate_revision}"
