"""`mtlsedge:serverCertificate`: what the listener shows to clients, and what it adds for other hosts (SNI)."""

from dataclasses import dataclass

from mtlsedge_components import forms
from mtlsedge_components.reading.declared import Choice, Encrypted, Entries, Setting, Shape, Text
from mtlsedge_components.reading.nodes import Node, Section
from mtlsedge_components.reading.secret import Secret
from settings.authority_model import (
    IssuedServerCertificate,
    ReferencedServerCertificate,
    ServerCertificate,
    UploadedServerCertificate,
)
from settings.certificates import read_certificate, read_validity
from settings.files import Files

MOST_ADDITIONAL = 25
"""Additional certificates of an ALB instance; a quota, the default certificate not counted [alibaba-cloud.md §1.8]."""
MAIN = "mtlsedge:serverCertificate"
ONE = Shape(
    {
        "id": Setting(
            Text(forms.server_certificate_id("")), "a certificate that is in CAS already; only read", "CAS", default="",
            shown="–", allowed="digits and the site's suffix: `-ap-southeast-1` or `-cn-hangzhou`",
        ),
        "certificateFile": Setting(
            Text(forms.FILE, "file"), "a certificate the stack uploads", "CAS", default="", shown="–",
            allowed="PEM, leaf first, no private key, at most 64 KiB",
        ),
        "issueFromAuthority": Setting(
            Choice((True,), word="boolean"), "one of the stack's own authority. For test stacks: browsers do not trust it",
            "ours", default=False, shown="–", allowed="`true`",
        ),
        "privateKey": Setting(
            Encrypted(), "its key", "CAS", default=None, shown="**required** with `certificateFile`",
            allowed="the certificate's key, set with `pulumi config set --secret --path`",
        ),
        **Shape.of(IssuedServerCertificate).settings,
    },
    one_of=("id", "certificateFile", "issueFromAuthority"),
    needs={"certificateFile": ("privateKey",)},
)  # fmt: skip
CERTIFICATES = ONE.beside(
    {
        "additional": Setting(
            Entries(forms.NAME, ONE, most=MOST_ADDITIONAL), "more certificates, chosen by host (SNI)", "ALB quota",
            default={}, shown="none", elsewhere=True,
            allowed=f"at most {MOST_ADDITIONAL}, each with the keys above",
        )
    }
)  # fmt: skip
UNREADABLE = ReferencedServerCertificate("")
"""Stands in for a certificate that could not be read."""


@dataclass(frozen=True)
class Surroundings:
    """What reading a server certificate depends on: the site, the hosts it is for (None: no domain), secrets, files."""

    site: str
    hosts: tuple[str, ...] | None
    holds_secrets: bool
    files: Files


def read_server_certificates(
    node: Node, around: Surroundings
) -> tuple[ServerCertificate | None, dict[str, ServerCertificate]]:
    """The default certificate (None when absent) and the additional ones by name."""
    if node.value is None:
        return None, {}
    section = CERTIFICATES.section(node)
    additional = {
        name: _read_certificate(ONE.section(child), around) for name, child in section.entries("additional", forms.NAME)
    }
    if len(additional) > MOST_ADDITIONAL:
        section["additional"].refuse(f"at most {MOST_ADDITIONAL} certificates", found=f"{len(additional)} certificates")
    return _read_certificate(section, around), additional


def _read_certificate(section: Section, around: Surroundings) -> ServerCertificate:
    kind = section.one_of(ONE.one_of)
    if kind == "id":
        section.only(("id", "additional"), beside="id")
        return ReferencedServerCertificate(section.text("id", forms.server_certificate_id(around.site)))
    if kind == "certificateFile":
        section.only(("certificateFile", "privateKey", "additional"), beside="certificateFile")
        return _read_uploaded(section, around)
    return _read_issued(section, around) if kind else UNREADABLE


def _read_uploaded(section: Section, around: Surroundings) -> UploadedServerCertificate:
    return UploadedServerCertificate(
        certificate_pem=read_certificate(section["certificateFile"], around.files),
        private_key=_read_secret(section["privateKey"], around),
    )


def _read_secret(node: Node, around: Surroundings) -> Secret:
    """The key, wrapped and not looked at: in a preview from a snapshot it is a digest, not a key."""
    if isinstance(node.value, Secret):
        return node.value
    if around.holds_secrets and isinstance(node.value, str) and node.value:
        return Secret(node.value)
    node.refuse(
        "a secret: pulumi config set --secret --path …privateKey",
        found="(secret) in plain text" if isinstance(node.value, str) else "",
    )
    return Secret("")


def _read_issued(section: Section, around: Surroundings) -> IssuedServerCertificate:
    section.only(
        ("issueFromAuthority", "names", "validityDays", "renewBeforeDays", "additional"), beside="issueFromAuthority"
    )
    if section["issueFromAuthority"].value is not True:
        section["issueFromAuthority"].refuse("true, or leave it out")
    names = section.texts("names", forms.HOST_OR_WILDCARD) or around.hosts or ()
    if not names and around.hosts is None:
        section["names"].refuse("at least one host name, as there is no mtlsedge:domain to take them from")
    validity, renew_before = read_validity(
        section, IssuedServerCertificate.validity_days, IssuedServerCertificate.renew_before_days
    )
    return IssuedServerCertificate(names=names, validity_days=validity, renew_before_days=renew_before)
