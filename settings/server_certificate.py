"""`mtlsedge:serverCertificate`: what the listener shows to clients, and what it adds for other hosts (SNI)."""

from dataclasses import dataclass

from settings import forms
from settings.certificates import read_certificate, read_validity
from settings.files import Files
from settings.model import (
    IssuedServerCertificate,
    ReferencedServerCertificate,
    ServerCertificate,
    UploadedServerCertificate,
)
from settings.reader import Node, Section
from settings.secret import Secret

KINDS = ("id", "certificateFile", "issueFromAuthority")
KEYS = (*KINDS, "privateKey", "names", "validityDays", "renewBeforeDays")
MOST_ADDITIONAL = 25
"""Additional certificates of an ALB instance; a quota, the default certificate not counted [alibaba-cloud.md §1.8]."""
MAIN = "mtlsedge:serverCertificate"
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
    section = node.section((*KEYS, "additional"))
    additional = {
        name: _read_certificate(child.section(KEYS), around)
        for name, child in section.entries("additional", forms.NAME)
    }
    if len(additional) > MOST_ADDITIONAL:
        section["additional"].refuse(f"at most {MOST_ADDITIONAL} certificates", found=f"{len(additional)} certificates")
    return _read_certificate(section, around), additional


def _read_certificate(section: Section, around: Surroundings) -> ServerCertificate:
    kind = section.one_of(KINDS)
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
