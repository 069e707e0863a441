"""Authorities whose keys are not made by the stack: external ones, Alibaba's private CA, and imported roots."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from components import forms
from components.reading.declared import Encrypted, Shape, setting
from components.reading.nodes import Node, Section
from components.reading.secret import Secret
from components.x509 import CertificateError, split_chain
from components.x509.custody import facts_for_settings
from components.x509.external import is_version_1
from settings.authority_model import (
    ANOTHER_ENVIRONMENT,
    EXTERNAL,
    PRIVATE_CA,
    AlgorithmName,
    ExternalAuthority,
    ImportedRoot,
    PrivateCaAuthority,
    Subject,
)
from settings.files import Files, read_pem_file
from settings.problems import IMPORTED_KEYS
from settings.provenance import is_of_production
from settings.subject import read_subject

PRIVATE_CA_NEEDS = ("country", "state", "locality", "organization", "unit")
"""Attributes that the PCA API demands of a root beside its common name [alibaba-cloud.md §2.5]."""
EFFECT_OF_VERSION_1 = (
    "a root that does not say it is a CA is trusted; strict verifiers refuse it, and nothing limits what it signed"
)


OWN_CA = "the CA of a stack with production: true, or one of no stack, in a stack with production: true"
FOREIGN = "the CA of a stack that is not one of production"


@dataclass(frozen=True)
class ImportedKey:
    """The secrets of one imported root, not looked at: a preview from a snapshot has digests in their place."""

    key: Secret = setting(
        Encrypted(), "the root's key", "ours", default=Secret(""), shown="**required**",
        allowed="PEM (PKCS#8, PKCS#1, SEC 1), or PKCS#12 as base64; looked at in `up` only",
    )  # fmt: skip
    passphrase: Secret = setting(
        Encrypted(), "opens it", "ours", default=Secret(""), shown="none",
        allowed="the passphrase of an encrypted key",
    )  # fmt: skip


IMPORTED_KEY = Shape.of(ImportedKey)


@dataclass(frozen=True)
class Outside:
    """Where an authority's certificates lie, and the keys the stack file brings along, by generation."""

    files: Files
    keys: Mapping[str, ImportedKey] = field(default_factory=dict)
    production: bool = False
    """Whether the stack is one of production, which trusts production's CAs only."""


def read_external(node: Node, outside: Outside) -> ExternalAuthority:
    """The CA of somebody else; dates and rights are checked by the program, which knows the time."""
    section = EXTERNAL.section(node)
    allowed = EXTERNAL.value(section, "allowVersion1Root")
    pem, foreign = _read_certificate(section, outside)
    _check_environment(section, foreign=foreign)
    if allowed and pem:
        _note_version_1(section["allowVersion1Root"], pem)
    return ExternalAuthority(pem, allowed)


def _read_certificate(section: Section, outside: Outside) -> tuple[str, bool]:
    """The PEM text under `certificateFile` (certificates that parse, and no key), and whether it is another environment's."""
    text = read_pem_file(section["certificateFile"], outside.files, "CERTIFICATE")
    try:
        pem = "".join(split_chain(text)) if text else ""
    except CertificateError as error:
        section["certificateFile"].refuse("CA certificates of RSA or ECC keys", found=f"an unusable file: {error}")
        return "", False
    return pem, outside.production and is_of_production(text) is False


def _check_environment(section: Section, *, foreign: bool) -> None:
    """Production trusts the CA of a stack that is not only where that is said aloud; and it is said only where it is so."""
    node = section["otherEnvironment"]
    if node.value is None:
        if foreign:
            section["certificateFile"].refuse(
                f"{OWN_CA}, or beside it otherEnvironment: {ANOTHER_ENVIRONMENT}", found=FOREIGN
            )
    elif EXTERNAL.value(section, "otherEnvironment") and node.is_sound:
        if foreign:
            node.findings.weaken(node.path, "whoever the other environment gives a certificate to is let in")
        else:
            node.refuse(
                "nothing: only production with the CA of a stack that is not needs it", found=ANOTHER_ENVIRONMENT
            )


def read_private_ca(node: Node) -> PrivateCaAuthority:
    """Alibaba's private CA; what its API demands of a subject is demanded here."""
    section = PRIVATE_CA.section(node)
    authority: PrivateCaAuthority = PRIVATE_CA.make(section, subject=read_subject(section["subject"]))
    _check_private_ca(section, authority)
    return authority


def _check_private_ca(section: Section, authority: PrivateCaAuthority) -> None:
    for attribute in PRIVATE_CA_NEEDS:
        if section["subject"].is_sound and not getattr(authority.subject, attribute):
            section["subject"].at(attribute).refuse("a value: the private CA service demands one of every root")
    if authority.subject.email:
        section["subject"].at("email").refuse("nothing: the private CA service has no e-mail in a CA's subject")
    if authority.subordinate_years > authority.root_years:
        section["subordinateYears"].refuse(
            f"whole years up to the root's {authority.root_years}", found=str(authority.subordinate_years)
        )


def read_imported_keys(node: Node, *, holds_secrets: bool) -> dict[str, ImportedKey]:
    """`mtlsedge:importedKeys`: secrets by generation. Nothing is looked at, so a preview needs none of them."""
    keys = {}
    for name, child in [] if node.value is None else node.entries(forms.NAME):
        section = IMPORTED_KEY.section(child)
        keys[name] = ImportedKey(
            _read_secret(section["key"], holds_secrets=holds_secrets),
            _read_secret(section["passphrase"], holds_secrets=holds_secrets) if "passphrase" in section else Secret(""),
        )
    return keys


def read_imported_root(section: Section, name: str, outside: Outside) -> ImportedRoot | None:
    """The root of a generation that was made elsewhere: its file, and its key from `importedKeys`."""
    section.only(("certificateFile", "intermediate", "bridges"), beside="certificateFile")
    pem, foreign = _read_certificate(section, outside)
    if foreign:
        section["certificateFile"].refuse(f"{OWN_CA}; to trust another one, use authority.external", found=FOREIGN)
    brought = outside.keys.get(name, ImportedKey())
    return ImportedRoot(pem, brought.key, brought.passphrase) if pem else None


def imported_facts(node: Node, pem: str) -> tuple[Subject, AlgorithmName, int] | None:
    """Subject, algorithm and validity in days of an imported root; None after noting why it cannot be used."""
    try:
        return facts_for_settings(pem)
    except CertificateError as error:
        node.refuse("a root with an RSA or ECC key", found=f"one that cannot be used: {error}")
        return None


def _read_secret(node: Node, *, holds_secrets: bool) -> Secret:
    if isinstance(node.value, Secret):
        return node.value
    if holds_secrets and isinstance(node.value, str) and node.value:
        return Secret(node.value)
    found = "a key or passphrase in plain text" if isinstance(node.value, str) else ""
    node.refuse(f"a secret: pulumi config set --secret --path '{IMPORTED_KEYS}…'", found=found)
    return Secret("")


def _note_version_1(node: Node, pem: str) -> None:
    """The setting counts as a weakening only where it has an effect."""
    if is_version_1(pem):
        node.findings.weaken(node.path, EFFECT_OF_VERSION_1)
    else:
        node.refuse("nothing: this root is of version 3 and needs no exception", found="true")
