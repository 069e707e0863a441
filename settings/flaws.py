"""What the time shows of a stack file that reads well: certificates and keys that cannot be used, facts that are missing."""

from collections.abc import Iterator
from datetime import datetime

from mtlsedge_components.x509.checking import covers, key_matches, server_problems
from mtlsedge_components.x509.errors import CertificateError
from mtlsedge_components.x509.facts import UNKNOWN_ALGORITHM, inspect
from settings.authorities import kind_of
from settings.authorities.kind import Flaw
from settings.cross_kubernetes import ingress_hosts
from settings.domain import full_names
from settings.model import (
    IssuedServerCertificate,
    ReferencedServerCertificate,
    ServerCertificate,
    Settings,
    UploadedServerCertificate,
)

CERTIFICATE = "mtlsedge:serverCertificate"


def flaws(settings: Settings, now: datetime, *, look_at_keys: bool) -> list[Flaw]:
    """Every one, so that nothing is built half.

    `look_at_keys` is for `up` only: a preview must not look inside a secret. Texts carry no part of one.
    """
    authority = settings.authority
    return [
        *_missing_facts(settings),
        *kind_of(authority).flaws(settings, authority, now, look_at_keys),
        *(
            Flaw(flaw.path.replace("mtlsedge:", f"{settings.place_of(name)}.", 1), flaw.text)
            for name, one in sorted(settings.beside.items())
            for flaw in kind_of(one.authority).flaws(settings.through(name), one.authority, now, look_at_keys)
        ),
        *_certificate_flaws(settings, now, look_at_keys=look_at_keys),
    ]


def hosts_of_default(settings: Settings) -> list[str]:
    """The stack's hosts that the default certificate has to cover: those no additional one speaks for.

    Empty where an additional certificate is referred to, since what that covers is known in the cloud only.
    """
    others = settings.additional_server_certificates.values()
    if any(isinstance(other, ReferencedServerCertificate) for other in others):
        return []
    certified = [name for other in others for name in _names(other)]
    hosts = (*full_names(settings.domain), *ingress_hosts(settings.kubernetes, without_secrets=True))
    return [host for host in hosts if not any(covers(name, host) for name in certified)]


def _missing_facts(settings: Settings) -> Iterator[Flaw]:
    """What a load balancer that is not the stack's own leaves unknown, as the program looks nothing up."""
    if settings.load_balancer and settings.load_balancer.id and settings.domain:
        yield Flaw(
            "mtlsedge:domain",
            "found names for loadBalancer.id, an instance whose DNS name the stack does not know;"
            " allowed: no domain, or the instance as this stack's own (mtlsedge:adopt, load-balancer)",
        )
    if settings.load_balancer and settings.listener and settings.listener.redirect_http and not settings.network:
        yield Flaw(
            "mtlsedge:network",
            "found nothing; allowed: the load balancer's VPC, in which the redirect of plain HTTP"
            " has its empty server group, or listener.redirectHttp: false",
        )


def _certificate_flaws(settings: Settings, now: datetime, *, look_at_keys: bool) -> Iterator[Flaw]:
    for path, uploaded, hosts in _uploads(settings):
        for problem in server_problems(uploaded.certificate_pem, hosts, now):
            yield Flaw(f"{path}.certificateFile", problem)
        if look_at_keys:
            yield from (Flaw(f"{path}.privateKey", problem) for problem in _key_problems(uploaded))


def _uploads(settings: Settings) -> Iterator[tuple[str, UploadedServerCertificate, list[str]]]:
    """Key path, certificate, and the hosts it has to cover."""
    if isinstance(settings.server_certificate, UploadedServerCertificate):
        yield CERTIFICATE, settings.server_certificate, hosts_of_default(settings)
    for name, certificate in sorted(settings.additional_server_certificates.items()):
        if isinstance(certificate, UploadedServerCertificate):
            yield f"{CERTIFICATE}.additional.{name}", certificate, []


def _key_problems(uploaded: UploadedServerCertificate) -> Iterator[str]:
    """Looks at the key, and says nothing of it but that it does not fit; with a certificate of another type it cannot."""
    if inspect(uploaded.certificate_pem).algorithm == UNKNOWN_ALGORITHM:
        return
    try:
        if not key_matches(uploaded.certificate_pem, uploaded.private_key.reveal()):
            yield "found another certificate's key; allowed: the certificate's own"
    except CertificateError as error:
        yield str(error)


def _names(certificate: ServerCertificate) -> tuple[str, ...]:
    match certificate:
        case UploadedServerCertificate():
            return inspect(certificate.certificate_pem).dns_names
        case IssuedServerCertificate():
            return certificate.names
    return ()
