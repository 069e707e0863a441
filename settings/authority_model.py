"""The authority, its clients, and the certificates of servers, as frozen dataclasses; import them from `model`."""

import dataclasses
import re
from dataclasses import dataclass
from typing import Literal, get_args

from mtlsedge_components import forms
from mtlsedge_components.reading.declared import (
    Choice,
    Encrypted,
    Entries,
    Flag,
    Setting,
    Shape,
    Text,
    Texts,
    Whole,
    setting,
    worked_out,
)
from mtlsedge_components.reading.nodes import Form
from mtlsedge_components.reading.secret import Secret
from mtlsedge_components.x509.constraints import NameConstraints, Subtrees
from mtlsedge_components.x509.keys import ALGORITHMS, AlgorithmName
from mtlsedge_components.x509.names import Subject, SubjectAlternativeNames

PrivateCaAlgorithm = Literal["ECC_256", "RSA_2048", "RSA_4096"]
ALGORITHM = Choice(ALGORITHMS)
LONGEST_VALIDITY_DAYS = 3650
"""Validity of the tutorial's CA, and the longest one issued here [alibaba-cloud.md §2.6]."""
MOST_REVISIONS = 999
TREES: dict[str, Form] = {"dns": forms.DNS_TREE, "email": forms.EMAIL_TREE, "uri": forms.URI_TREE}
FILE = Text(forms.FILE, "file")
FINGERPRINT = Form(
    "a SHA-256 fingerprint: 64 hexadecimal digits, with or without colons",
    lambda text: re.fullmatch(r"[0-9a-f]{64}", plain_hex(text)),
    r"\s*(?::*[0-9a-fA-F]:*){64}\s*",
)
SERIAL = Form(
    "a serial number of 1 to 40 hexadecimal digits, with or without colons",
    lambda text: re.fullmatch(r"[0-9a-f]{1,40}", plain_hex(text)),
    r"\s*(?::*[0-9a-fA-F]:*){1,40}\s*",
)
REPOSITORY_NAME = forms.pattern(r"[A-Za-z0-9].{1,63}", "a name of 2 to 64 characters")


def plain_hex(text: str) -> str:
    """Lower-case digits without colons or blanks around: the form everything here compares."""
    return text.replace(":", "").strip().lower()


def _attribute(key: str, longest: int) -> Setting:
    return Setting(Text(forms.attribute(key)), "", "RFC", default="", allowed=f"1 to {longest} printable characters")


SUBJECT = Shape.of(
    Subject,
    {
        "common_name": Setting(
            Text(forms.attribute("commonName")), "", "RFC", allowed="1 to 64 printable characters",
            shown="**required** of an authority; the client's name",
        ),
        "country": Setting(Text(forms.COUNTRY), "", "RFC", default="", allowed="two letters; made upper case"),
        "state": _attribute("state", 128),
        "locality": _attribute("locality", 128),
        "organization": _attribute("organization", 64),
        "unit": _attribute("unit", 64),
        "email": Setting(Text(forms.EMAIL), "", "RFC", default="", allowed="an e-mail address"),
    },
)  # fmt: skip
CLIENT_SUBJECT = dataclasses.replace(
    SUBJECT,
    settings={**SUBJECT.settings, "commonName": dataclasses.replace(SUBJECT.settings["commonName"], default="")},
)
"""Of a client, whose name stands in for an absent common name."""
SUBTREES = Shape.of(
    Subtrees,
    {
        "dns": Setting(
            Texts(TREES["dns"]), "host names: each domain itself and all below it", "RFC", default=(), shown="every host",
            allowed="domains, such as `clients.example.com` or `internal`",
        ),
        "email": Setting(
            Texts(TREES["email"]), "one address; all on that host; all on hosts below it", "RFC", default=(),
            shown="every address", allowed="addresses, hosts (`example.com`), or `.example.com`",
        ),
        "uri": Setting(
            Texts(TREES["uri"]),
            "URIs of that host; of hosts below it. A URI without a host name (`urn:…`) is then refused", "RFC",
            default=(), shown="every URI", allowed="hosts (`example.com`), or `.example.com`",
        ),
    },
    any_of=tuple(TREES),
)  # fmt: skip
NAME_CONSTRAINTS = Shape.of(
    NameConstraints,
    {
        "permitted": Setting(
            SUBTREES, "names outside are refused, kind by kind; `excluded` has the same three, and wins", "RFC",
            default=Subtrees(), shown="everything", allowed="at least one of the next three",
        ),
        "excluded": Setting(
            SUBTREES, "names inside are refused", "RFC", default=Subtrees(), shown="nothing", allowed="as `permitted`",
            elsewhere=True,
        ),
    },
    any_of=("permitted", "excluded"),
)  # fmt: skip


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
class ImportedRoot:
    """A root made elsewhere that a generation signs with. Its key is a secret nobody has looked at yet.

    `key` is PEM (PKCS#8, PKCS#1 or SEC 1, encrypted or not) or the base64 of a PKCS#12 file; it may be empty
    once the stack has the key in its state.
    """

    certificate_pem: str
    key: Secret
    passphrase: Secret


@dataclass(frozen=True)
class Generation:
    """One generation of a self-managed authority; immutable once it has been created."""

    name: str
    subject: Subject = setting(
        SUBJECT, "name of the root; the intermediate's is derived", "RFC", optional=True, shown="**required**",
        allowed="a [subject](#subject) with `commonName`", elsewhere=True,
    )  # fmt: skip
    algorithm: AlgorithmName = setting(ALGORITHM, "kind of the keys", "CAS", default="ecdsa-p256")
    validity_days: int = setting(
        Whole(1, LONGEST_VALIDITY_DAYS, "whole days"), "how long root and intermediate last", "ours", default=3650
    )
    intermediate: bool = setting(
        Flag(), "clients are signed by an intermediate CA below the root", "ours", default=True
    )
    imported: ImportedRoot | None = None
    """The root to sign with, where it was made elsewhere; subject, algorithm and validity are then its own."""
    intermediate_revision: int = setting(
        Whole(1, MOST_REVISIONS, "a number"),
        "another number is another intermediate below the same root; the listener need not change", "ours", default=1,
        allowed=f"1 to {MOST_REVISIONS}; nothing beside `intermediate: false`",
    )  # fmt: skip
    """Another number is another intermediate below the same root; the one before is forgotten."""
    name_constraints: NameConstraints = setting(
        NAME_CONSTRAINTS,
        "limits the names that this generation may certify, in its own certificates;"
        " [what it protects from](../guides/custody.md#limiting-what-a-ca-may-sign)", "RFC", default=NameConstraints(),
        shown="none", allowed="`permitted`, `excluded`, at least one; nothing beside `certificateFile`",
    )  # fmt: skip
    """What its root and intermediate may certify; an imported root's own, read from its certificate."""


GENERATION = Shape.of(Generation, any_of=("subject", "certificateFile")).beside(
    {
        "certificateFile": Setting(
            FILE,
            "a root made elsewhere, taken over with its key from `importedKeys`; subject, algorithm, validity and name"
            " constraints are its own", "ours", default="", shown="none",
            allowed="PEM of a version 3 root; beside it only `intermediate`",
        )
    }
)  # fmt: skip


@dataclass(frozen=True)
class SelfManagedAuthority:
    """An authority whose keys are made by the stack and live, encrypted, in its state."""

    generations: dict[str, Generation] = setting(
        Entries(forms.NAME, GENERATION, most=2),
        "generations of the CA; immutable once created; [rotation](../guides/rotation.md)", "ours",
        allowed="one or two `<name>`s, the older one's sorting first"
        " ([why](../decisions/0006-rotation-by-declared-deliveries.md))",
    )  # fmt: skip
    """Oldest first."""
    issuing: str = setting(
        Text(forms.NAME), "generation that signs clients", "ours", default="", shown="the oldest one",
        allowed="a `<name>` of `generations` whose certificates the trusted one lets in",
    )  # fmt: skip
    trusted: str = setting(
        Text(forms.NAME), "generation the listener trusts", "ALB (one CA a listener)", default="", shown="the oldest one",
        allowed="a `<name>` of `generations`; refused while a client would be locked out whom `acceptLockout` does not name",
    )  # fmt: skip
    bridge_back: bool = setting(
        Flag(),
        "the newer root vouches for the older one as well; a [weakening](#settings-that-make-a-stack-weaker)", "ours",
        default=False,
    )  # fmt: skip
    """Whether a newer generation vouches for the older one, beside the reverse."""
    accept_lockout: tuple[str, ...] = setting(
        Texts(forms.NAME), "clients that a change may lock out; a [weakening](#settings-that-make-a-stack-weaker)", "ours",
        default=(), allowed="names of `clients`",
    )  # fmt: skip
    """Clients that a change may lock out."""


SELF_MANAGED = Shape.of(SelfManagedAuthority)


@dataclass(frozen=True)
class IdentifierAuthority:
    """A CA that another owner uploaded; nothing is uploaded, issued or deleted."""

    identifier: str


@dataclass(frozen=True)
class ExternalAuthority:
    """A CA whose key lies elsewhere. It is uploaded and trusted; nothing is signed by the stack.

    The first certificate is the one that is trusted; what signed it may follow.
    """

    certificate_pem: str = setting(
        FILE, "its certificate", "CAS", key="certificateFile",
        allowed="PEM, at most 64 KiB, no private key: the trusted CA, then what signed it, if anything",
    )  # fmt: skip
    allow_version_1_root: bool = setting(
        Flag(),
        "trusts a root made with the tutorial's commands; a [weakening](#settings-that-make-a-stack-weaker)", "ours",
        default=False, allowed="`true` for a version 1 root only", key="allowVersion1Root",
    )  # fmt: skip


ANOTHER_ENVIRONMENT = "trust-clients-of-another-environment"
EXTERNAL = Shape.of(ExternalAuthority).beside(
    {
        "otherEnvironment": Setting(
            Choice((ANOTHER_ENVIRONMENT,)),
            "trusts another environment's CA in production; a [weakening](#settings-that-make-a-stack-weaker)", "ours",
            default="",
            allowed=f"`{ANOTHER_ENVIRONMENT}`, only in a stack with `production: true` whose `certificateFile` was"
            " exported from a stack without",
        )
    }
)  # fmt: skip


@dataclass(frozen=True)
class PrivateCaAuthority:
    """Root and subordinate in Alibaba Cloud's Private Certificate Authority, which keeps their keys; paid.

    `subject` is the root's; the subordinate has another common name. Validities in years.
    """

    subject: Subject = setting(
        SUBJECT, "name of the root; the subordinate's is derived", "PCA",
        allowed="a [subject](#subject) with `commonName`, `country`, `state`, `locality`, `organization`, `unit`,"
        " and no `email`", elsewhere=True,
    )  # fmt: skip
    algorithm: PrivateCaAlgorithm = setting(
        Choice(get_args(PrivateCaAlgorithm)), "kind of the keys; clients' are of the same family", "PCA",
        default="ECC_256",
    )  # fmt: skip
    root_years: int = setting(Whole(1, 10, "whole years"), "how long the root lasts", "ours", default=10)
    subordinate_years: int = setting(
        Whole(1, 10, "whole years"), "how long the subordinate lasts", "ours", default=5,
        allowed="1 to 10, at most `rootYears`",
    )  # fmt: skip


PRIVATE_CA = Shape.of(PrivateCaAuthority)
AUTHORITY = Shape(
    {
        "selfManaged": Setting(
            SELF_MANAGED, "a CA whose keys this stack makes; they live encrypted in its state", "ours", default=None,
            shown="–", allowed="see below",
        ),
        "external": Setting(
            EXTERNAL,
            "a CA whose key is elsewhere. It is uploaded and trusted; nothing is signed here, `clients` bring their"
            " certificates", "ours", default=None, shown="–", allowed="see below",
        ),
        "privateCa": Setting(
            PRIVATE_CA, "root and subordinate in Alibaba's private CA, which keeps their keys; paid", "PCA", default=None,
            shown="–", allowed="see below",
        ),
        "identifier": Setting(
            Text(forms.CA_ID),
            "a CA that is uploaded already. Nothing is issued, uploaded or deleted; no `clients`, no"
            " `certificateRepository`", "CAS", default=None, shown="–",
            allowed="a CA identifier, without a site's suffix",
        ),
    },
    one_of=("selfManaged", "external", "privateCa", "identifier"),
)  # fmt: skip
Authority = SelfManagedAuthority | IdentifierAuthority | ExternalAuthority | PrivateCaAuthority


ALTERNATIVE_NAMES = Shape.of(
    SubjectAlternativeNames,
    {
        "dns": Setting(
            Texts(forms.HOST), "alternative names (SAN)", "RFC", default=(), shown="see below", allowed="host names"
        ),
        "email": Setting(
            Texts(forms.EMAIL), "alternative names (SAN)", "RFC", default=(), allowed="e-mail addresses"
        ),
        "uri": Setting(
            Texts(forms.URI), "alternative names (SAN)", "RFC", default=(),
            allowed="absolute URIs; beside a private CA with `//` after the scheme",
        ),
    },
)  # fmt: skip


@dataclass(frozen=True)
class Client:
    """A holder of a client certificate. Without a CSR the stack makes the key, unless it brings its certificate."""

    name: str
    subject: Subject = setting(
        CLIENT_SUBJECT, "the whole name", "RFC", shown="common name, and the authority's organization", optional=True,
        allowed="a [subject](#subject)", elsewhere=True,
    )  # fmt: skip
    names: SubjectAlternativeNames = worked_out()
    algorithm: AlgorithmName = setting(
        ALGORITHM,
        "kind of the key",
        "ours",
        default="ecdsa-p256",
        allowed="as of a generation; nothing beside `csrFile`",
    )
    validity_days: int = setting(
        Whole(1, LONGEST_VALIDITY_DAYS, "whole days"), "how long the certificate lasts", "the console tutorial",
        default=30, allowed=f"1 to {LONGEST_VALIDITY_DAYS}, at most the authority's",
    )  # fmt: skip
    renew_before_days: int = setting(
        Whole(0, LONGEST_VALIDITY_DAYS, "whole days"), "an `up` this long before the end renews it", "ours", default=10,
        shown="`10`, or a third of a shorter validity", allowed="0 to validity − 1",
    )  # fmt: skip
    csr_pem: str = setting(
        FILE, "the holder keeps the key and sends a request; the stack never has it", "ours", default="", key="csrFile",
        allowed="PEM signing request, at most 64 KiB, relative to the project",
    )  # fmt: skip
    certificate_pem: str = setting(
        FILE, "a certificate made elsewhere", "ours", default="", key="certificateFile",
        shown="**required** with `authority.external`, refused otherwise",
        allowed="PEM, leaf first, its chain after it, at most 64 KiB, no private key; beside it only `renewBeforeDays`",
    )  # fmt: skip
    """A certificate made elsewhere, its chain after it; then the fields above describe, and decide nothing."""
    delivered: str = setting(
        Text(forms.NAME),
        "the generation whose certificate the holder has installed;"
        " [when to write it](../guides/rotation.md#step-3-hand-out-and-write-down-what-was-handed-out)", "ours",
        default="", shown="the oldest generation", allowed="a generation that is listed",
    )  # fmt: skip
    """Generation of the certificate it carries in the field; "": the oldest one that is listed."""
    bridged_by: str = setting(
        Text(forms.NAME), "the newer generation whose bridge was delivered after the certificate", "ours", default="",
        allowed="with `bridgeBack`, a generation after the delivered one",
    )  # fmt: skip
    """Newer generation whose bridge was delivered to it after its certificate."""


CLIENT = (
    Shape.of(Client)
    .beside(ALTERNATIVE_NAMES.settings)
    .beside(
        {
            "commonName": Setting(
                Text(forms.attribute("commonName")), "common name; here or in `subject`, not in both", "RFC", default="",
                shown="the `<name>`", allowed="1 to 64 printable characters",
            )
        },
        first=("email", "dns", "uri", "commonName", "subject", "validityDays", "renewBeforeDays"),
    )
)  # fmt: skip


@dataclass(frozen=True)
class DeniedClient:
    """A certificate that servers shall turn away although it is valid: its SHA-256, and its serial if known (hex)."""

    name: str
    fingerprint: str = setting(
        Text(FINGERPRINT), "which certificate", "ours", allowed="SHA-256, 64 hex digits, colons allowed, each once"
    )
    serial: str = setting(
        Text(SERIAL), "its serial number", "RFC", default="", allowed="1 to 40 hex digits, colons allowed"
    )
    reason: str = setting(
        Text(forms.printable(200)), "why", "ours", default="", allowed="1 to 200 printable characters"
    )


DENIED = Shape.of(DeniedClient)


@dataclass(frozen=True)
class UploadedServerCertificate:
    """A certificate and key that the stack uploads to Certificate Management Service."""

    certificate_pem: str
    private_key: Secret


@dataclass(frozen=True)
class ReferencedServerCertificate:
    """A certificate that is already there; the stack reads it and never deletes it."""

    identifier: str


@dataclass(frozen=True)
class IssuedServerCertificate:
    """A certificate made by the stack's own authority, for test stacks."""

    names: tuple[str, ...] = setting(
        Texts(forms.HOST_OR_WILDCARD), "hosts the issued certificate is for", "RFC", optional=True, shown="the hosts of `domain`",
        allowed="host names, `*.` in front allowed; only with `issueFromAuthority`",
    )  # fmt: skip
    validity_days: int = setting(
        Whole(1, LONGEST_VALIDITY_DAYS, "whole days"), "how long it lasts", "ours", default=90,
        allowed=f"1 to {LONGEST_VALIDITY_DAYS}, at most the authority's; only with `issueFromAuthority`",
    )  # fmt: skip
    renew_before_days: int = setting(
        Whole(0, LONGEST_VALIDITY_DAYS, "whole days"), "an `up` this long before the end renews it", "ours", default=30,
        shown="`30`, or a third of a shorter validity", allowed="0 to validity − 1; only with `issueFromAuthority`",
    )  # fmt: skip


ServerCertificate = UploadedServerCertificate | ReferencedServerCertificate | IssuedServerCertificate


@dataclass(frozen=True)
class CaRepository:
    """Where the CA is uploaded: a repository found by its name, or created when `create` is set."""

    name: str = setting(
        Text(REPOSITORY_NAME), "found by this name", "ours: no limit is published", optional=True,
        shown="`mtlsedge-<stack>-ca-repository`", allowed="2 to 64 characters",
    )  # fmt: skip
    create: bool = setting(Flag(), "`false`: it must exist", "ours", default=True)


REPOSITORY = Shape.of(CaRepository)
