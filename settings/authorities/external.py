"""`authority.external`: a CA whose key is elsewhere. It is uploaded and trusted; clients bring their certificates."""

from collections.abc import Iterator
from datetime import datetime

from mtlsedge_components.reading.nodes import Node, Section
from mtlsedge_components.x509.custody import subject_algorithm_and_days
from mtlsedge_components.x509.errors import CertificateError
from mtlsedge_components.x509.external import client_problems, external_problems, is_version_1
from mtlsedge_components.x509.facts import inspect
from settings.authorities.certificate_file import FOREIGN, NOT_FOREIGN, read_certificate
from settings.authorities.kind import Described, Flaw, Kind, Outside, refuse_issued_servers
from settings.authority_model import ANOTHER_ENVIRONMENT, EXTERNAL, ExternalAuthority
from settings.model import Settings
from settings.whole import Whole

EFFECT_OF_VERSION_1 = (
    "a root that does not say it is a CA is trusted; strict verifiers refuse it, and nothing limits what it signed"
)
UNSIGNED = "authority.external has its key elsewhere: sign there with `mtlsedge sign`, or by other means"


def _read(node: Node, outside: Outside) -> ExternalAuthority:
    section = EXTERNAL.section(node)
    allowed = EXTERNAL.value(section, "allowVersion1Root")
    pem, foreign = read_certificate(section, outside)
    _check_environment(section, foreign=foreign)
    if allowed and pem:
        _note_version_1(section["allowVersion1Root"], pem)
    return ExternalAuthority(pem, allowed)


def _check_environment(section: Section, *, foreign: bool) -> None:
    """Production trusts the CA of a stack that is not only where that is said aloud; and it is said only where it is so."""
    node = section["otherEnvironment"]
    if node.value is None:
        if foreign:
            section["certificateFile"].refuse(
                f"{NOT_FOREIGN}, or beside it otherEnvironment: {ANOTHER_ENVIRONMENT}", found=FOREIGN
            )
    elif EXTERNAL.value(section, "otherEnvironment") and node.is_sound:
        if foreign:
            node.findings.weaken(node.path, "every client that the other environment gives a certificate is let in")
        else:
            node.refuse(
                "nothing: only production with the CA of a stack that is not needs it", found=ANOTHER_ENVIRONMENT
            )


def _note_version_1(node: Node, pem: str) -> None:
    """The setting counts as a weakening only where it has an effect."""
    if is_version_1(pem):
        node.findings.weaken(node.path, EFFECT_OF_VERSION_1)
    else:
        node.refuse("nothing: this root is of version 3 and needs no exception", found="true")


def _check(whole: Whole, _authority: ExternalAuthority) -> None:
    clients = whole.at("clients")
    for name, client in whole.settings.clients.items():
        if not client.certificate_pem and clients.at(name, "certificateFile").value is None:
            clients.at(name).refuse(f"certificateFile: {UNSIGNED}", found="a client without a certificate")
    refuse_issued_servers(whole, "id or certificateFile: authority.external has its key elsewhere")


def _flaws(settings: Settings, authority: ExternalAuthority, now: datetime, _look_at_keys: bool) -> Iterator[Flaw]:  # noqa: FBT001 - see Kind
    """Of a CA that cannot be used, nothing is said about its clients."""
    pem = authority.certificate_pem
    found = external_problems(pem, now, allow_version_1_root=authority.allow_version_1_root)
    yield from (Flaw("mtlsedge:authority.external.certificateFile", problem) for problem in found)
    for name, client in sorted(settings.clients.items()) if not found else ():
        for problem in client_problems(client.certificate_pem, pem, now):
            yield Flaw(f"mtlsedge:clients.{name}.certificateFile", problem)


def _describe(authority: ExternalAuthority) -> Described:
    try:
        subject, _, _ = subject_algorithm_and_days(authority.certificate_pem)
        name = subject.common_name or inspect(authority.certificate_pem).subject
    except CertificateError:  # told among the flaws
        name = "a certificate that cannot be used"
    return Described(name, (f"root: {name}", "external; its key is elsewhere"))


EXTERNAL_CA = Kind("external", ExternalAuthority, _read, _check, _flaws, _describe, clients_bring_certificates=True)
