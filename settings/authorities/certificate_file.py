"""CA certificates that a stack file names, and the keys it may bring for them."""

from mtlsedge_components import forms
from mtlsedge_components.reading.nodes import Node, Section
from mtlsedge_components.reading.secret import Secret
from mtlsedge_components.x509.checking import split_chain
from mtlsedge_components.x509.custody import subject_algorithm_and_days
from mtlsedge_components.x509.errors import CertificateError
from settings.authorities.kind import Outside
from settings.authority_model import IMPORTED_KEY, AlgorithmName, ImportedKey, ImportedRoot, Subject
from settings.files import read_pem_file
from settings.problems import IMPORTED_KEYS
from settings.provenance import is_of_production

NOT_FOREIGN = "the CA of a stack with production: true, or one of no stack, in a stack with production: true"
FOREIGN = "the CA of a stack that is not one of production"


def read_certificate(section: Section, outside: Outside) -> tuple[str, bool]:
    """The PEM text under `certificateFile` (certificates that parse, and no key), and whether it is another environment's."""
    text = read_pem_file(section["certificateFile"], outside.files, "CERTIFICATE")
    try:
        pem = "".join(split_chain(text)) if text else ""
    except CertificateError as error:
        section["certificateFile"].refuse("CA certificates of RSA or ECC keys", found=f"an unusable file: {error}")
        return "", False
    return pem, outside.production and is_of_production(text) is False


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
    if not outside.takes_roots:
        section["certificateFile"].refuse(
            "nothing: the keys in mtlsedge:importedKeys are those of mtlsedge:authority. With authority.external the key stays where it is"
        )
        return None
    pem, foreign = read_certificate(section, outside)
    if foreign:
        section["certificateFile"].refuse(f"{NOT_FOREIGN}; to trust another one, use authority.external", found=FOREIGN)
    brought = outside.keys.get(name, ImportedKey())
    return ImportedRoot(pem, brought.key, brought.passphrase) if pem else None


def imported_facts(node: Node, pem: str) -> tuple[Subject, AlgorithmName, int] | None:
    """Subject, algorithm and validity in days of an imported root; None after noting why it cannot be used."""
    try:
        return subject_algorithm_and_days(pem)
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
