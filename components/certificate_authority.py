"""The certificate authority of a stack: roots, and the intermediates that sign in their place."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NotRequired, TypedDict

import pulumi

from mtlsedge_components.certificates import CaCertificate, Issuer, SubjectArgs, alternative_names, attributes
from mtlsedge_components.dynamic import Certificate, GenerationLedger, ImportedRoot, PrivateKey
from mtlsedge_components.identity import Identity, IdentityArgs
from mtlsedge_components.x509.keys import DEFAULT_ALGORITHM
from mtlsedge_components.x509.names import extended
from mtlsedge_components.x509.profiles import Profile
from mtlsedge_components.x509.rotation import bridge_partner

ROOT_PATH_LENGTH = 2
"""CAs that may follow a root: a bridge to another generation's root, and that one's intermediate."""
VALIDITY_DAYS = 3650


class SubtreesArgs(TypedDict):
    """Trees of names, by kind (RFC 5280 section 4.2.1.10)."""

    dns: NotRequired[list[str]]
    """Domains, each for itself and every name below it."""
    email: NotRequired[list[str]]
    """An address; a host, for all addresses on it; `.domain`, for those on every host below."""
    uri: NotRequired[list[str]]
    """A host; `.domain`, for every host below."""


class NameConstraintsArgs(TypedDict):
    """What names a CA may certify. A kind of name without a permitted tree is limited by the excluded ones alone."""

    permitted: NotRequired[SubtreesArgs]
    """Trees whose names it may certify."""
    excluded: NotRequired[SubtreesArgs]
    """Trees whose names it may not certify."""


class ImportedRootArgs(TypedDict):
    """A root made elsewhere, with its key."""

    certificate_pem: str
    """The root certificate, PEM."""
    key: pulumi.Input[str]
    """PEM (PKCS#8, PKCS#1 or SEC 1, encrypted or not) or the base64 of a PKCS#12 file. A secret; it may be empty once the
    stack has the key in its state."""
    passphrase: NotRequired[pulumi.Input[str]]
    """What the key is encrypted with, a secret. Default: the key is not encrypted."""


class GenerationArgs(TypedDict):
    """One generation of the authority; immutable once it has been created."""

    name: str
    """Its name, such as `2026`."""
    subject: SubjectArgs
    """Subject of the root. The intermediate's has another common name."""
    algorithm: NotRequired[str]
    """ecdsa-p256 (the default), ecdsa-p384, rsa-2048 or rsa-4096."""
    validity_days: NotRequired[int]
    """Days that root and intermediate are valid. Default: 3650."""
    intermediate: NotRequired[bool]
    """Whether an intermediate signs in the root's place. Default: yes."""
    intermediate_revision: NotRequired[int]
    """Another number is another intermediate below the same root; the one before is forgotten. Default: 1."""
    imported: NotRequired[ImportedRootArgs]
    """The root to sign with, where it was made elsewhere; subject, algorithm and validity are then its own."""
    name_constraints: NotRequired[NameConstraintsArgs]
    """What root and intermediate may certify. Default: every name."""


class CertificateAuthorityArgs(TypedDict):
    """Generations decide how many resources there are."""

    generations: list[GenerationArgs]
    """Oldest first."""
    issuing: str
    """Name of the generation that signs new certificates."""
    trusted: str
    """Name of the generation whose root the load balancer trusts."""
    bridge_back: NotRequired[bool]
    """Whether a newer generation also vouches for the older one. Default: no, only the reverse."""
    delivered: NotRequired[dict[str, str]]
    """Client -> generation of the certificate it carries in the field; empty where nobody has written it down."""
    accept_lockout: NotRequired[list[str]]
    """Clients that a change may lock out."""
    identity: NotRequired[IdentityArgs]
    """Names, tags, import ids and protection."""


@dataclass(frozen=True)
class _Signer:
    """The CA that signs leaves, an intermediate or the root itself, and the root above it with its key."""

    certificate_pem: pulumi.Output[str]
    private_key_pem: pulumi.Output[str]
    chain_pem: pulumi.Output[str]
    root: Certificate | ImportedRoot
    root_private_key_pem: pulumi.Output[str]
    """A secret: what signs another generation's root, to vouch for it."""
    root_public_key_pem: pulumi.Output[str]

    def issuer(self) -> Issuer:
        """What the components that sign leaves are given."""
        return {
            "certificate_pem": self.certificate_pem,
            "private_key_pem": self.private_key_pem,
            "chain_pem": self.chain_pem,
            "root_certificate_pem": self.root.certificate_pem,
        }

    def trusted(self) -> CaCertificate:
        """The root, as a verifier trusts it."""
        return {
            "certificate_pem": self.root.certificate_pem,
            "fingerprint": self.root.fingerprint,
            "not_after": self.root.not_after,
        }


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
    roots: dict[str, CaCertificate]
    """The root of each generation, oldest first."""
    issuer: Issuer
    """What signs: the generation named by `issuing`. Its chain has no bridge: servers need none, and one that comes and
    goes would have their certificate uploaded again."""
    trusted: CaCertificate
    """What the load balancer trusts: the root of the generation named by `trusted`."""

    def __init__(self, name: str, args: CertificateAuthorityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mtlsedge:index:CertificateAuthority", name, None, opts)
        self._ledger(name, args)
        protect = Identity.of(args.get("identity")).protect
        generations = {generation["name"]: generation for generation in args["generations"]}
        alone = {
            key: self._generation(f"{name}-{key}", generation, protect=protect)
            for key, generation in generations.items()
        }
        bridged = {
            key: self._with_bridge(name, generation, alone, bridge_back=args.get("bridge_back", False))
            for key, generation in generations.items()
        }
        self.issuers = {key: signer.issuer() for key, signer in bridged.items()}
        self.roots = {key: signer.trusted() for key, signer in alone.items()}
        self.issuer = alone[args["issuing"]].issuer()
        self.trusted = self.roots[args["trusted"]]
        self.register_outputs(
            {"issuing": args["issuing"], "trusted": args["trusted"], "fingerprint": self.trusted["fingerprint"]}
        )

    def _ledger(self, name: str, args: CertificateAuthorityArgs) -> None:
        delivered = args.get("delivered", {})
        GenerationLedger(
            f"{name}-generations",
            generations=[generation["name"] for generation in args["generations"]],
            issuing=args["issuing"],
            trusted=args["trusted"],
            delivered={client: generation for client, generation in delivered.items() if generation},
            undeclared=[client for client, generation in delivered.items() if not generation],
            accept_lockout=args.get("accept_lockout", []),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _with_bridge(
        self, name: str, generation: GenerationArgs, signers: Mapping[str, _Signer], *, bridge_back: bool
    ) -> _Signer:
        """The signer of a generation, its chain led on to the generation that vouches for it."""
        key = generation["name"]
        partner = bridge_partner(tuple(signers), key, bridge_back=bridge_back)
        if not partner:
            return signers[key]
        bridge = _bridge(f"{name}-{key}-bridge@{partner}", generation, signers[key], signers[partner], self)
        return replace(signers[key], chain_pem=pulumi.Output.concat(signers[key].chain_pem, bridge.certificate_pem))

    def _generation(self, name: str, generation: GenerationArgs, *, protect: bool | None) -> _Signer:
        options = pulumi.ResourceOptions(parent=self, protect=protect)
        if "imported" in generation:
            imported = _imported(f"{name}-root", generation, generation["imported"], options)
            return self._signer(name, generation, imported, imported, options)
        key = PrivateKey(
            f"{name}-root-key", algorithm=generation.get("algorithm", DEFAULT_ALGORITHM), immutable=True, opts=options
        )
        root = Certificate(
            f"{name}-root",
            **_ca(generation, Profile.ROOT),
            public_key_pem=key.public_key_pem,
            issuer_certificate_pem="",
            issuer_private_key_pem=key.private_key_pem,
            path_length=ROOT_PATH_LENGTH,
            opts=options,
        )
        return self._signer(name, generation, key, root, options)

    def _signer(
        self,
        name: str,
        generation: GenerationArgs,
        key: PrivateKey | ImportedRoot,
        root: Certificate | ImportedRoot,
        options: pulumi.ResourceOptions,
    ) -> _Signer:
        """The root itself, or an intermediate below it."""
        if not generation.get("intermediate", True):
            return _Signer(
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
        generation: GenerationArgs,
        root_key: PrivateKey | ImportedRoot,
        root: Certificate | ImportedRoot,
        options: pulumi.ResourceOptions,
    ) -> _Signer:
        key = PrivateKey(
            f"{name}-key", algorithm=generation.get("algorithm", DEFAULT_ALGORITHM), immutable=True, opts=options
        )
        certificate = Certificate(
            name,
            **_ca(generation, Profile.INTERMEDIATE),
            public_key_pem=key.public_key_pem,
            issuer_certificate_pem=root.certificate_pem,
            issuer_private_key_pem=root_key.private_key_pem,
            path_length=0,
            opts=options,
        )
        return _Signer(
            certificate.certificate_pem,
            key.private_key_pem,
            certificate.certificate_pem,
            root,
            root_key.private_key_pem,
            root_key.public_key_pem,
        )


def _imported(
    name: str, generation: GenerationArgs, imported: ImportedRootArgs, options: pulumi.ResourceOptions
) -> ImportedRoot:
    """A root made elsewhere, which stands for both certificate and key."""
    return ImportedRoot(
        name,
        certificate_pem=imported["certificate_pem"],
        key=imported["key"],
        passphrase=imported.get("passphrase", ""),
        signs_intermediate=generation.get("intermediate", True),
        opts=options,
    )


def _bridge(
    name: str, generation: GenerationArgs, certified: _Signer, signer: _Signer, parent: pulumi.Resource
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


def _ca(generation: GenerationArgs, profile: Profile) -> dict[str, Any]:
    """What the CA certificates of a generation share; `renew_before_days` 0 means never.

    Name constraints stand in each of them, a bridge included: where a verifier believes a root, it need not look at
    what the root's own certificate says (RFC 5280 section 6.1). An imported root's are left to it.
    """
    subject = attributes(generation["subject"])
    if profile is Profile.INTERMEDIATE:
        subject["common_name"] = _intermediate_name(generation)
    return {
        "profile": profile.value,
        "subject": subject,
        "names": alternative_names({}),
        "validity_days": generation.get("validity_days", VALIDITY_DAYS),
        "renew_before_days": 0,
        "generation": generation["name"],
        "immutable": True,
        "name_constraints": None
        if "imported" in generation
        else _name_constraints(generation.get("name_constraints", {})),
    }


def _name_constraints(constraints: NameConstraintsArgs) -> dict[str, dict[str, list[str]]]:
    """The trees that are there: what is absent leaves no trace in the state."""
    parts = {
        part: {kind: list(trees) for kind, trees in _trees(names) if trees}
        for part, names in (("permitted", constraints.get("permitted")), ("excluded", constraints.get("excluded")))
        if names
    }
    return {part: names for part, names in parts.items() if names}


def _trees(names: SubtreesArgs) -> tuple[tuple[str, list[str]], ...]:
    return ("dns", names.get("dns", [])), ("email", names.get("email", [])), ("uri", names.get("uri", []))


def _intermediate_name(generation: GenerationArgs) -> str:
    return extended(generation["subject"]["common_name"], _revised(" Intermediate", generation).replace("-", " "))


def _revised(text: str, generation: GenerationArgs) -> str:
    """With the revision's number from the second on: each revision is a resource of its own, and so never changes."""
    revision = generation.get("intermediate_revision", 1)
    return text if revision == 1 else f"{text}-{revision}"
