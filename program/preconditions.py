"""What is refused before the first resource, beyond what loading the settings can see: dates, keys, missing facts."""

from collections.abc import Iterator
from datetime import datetime

import pulumi

from components.x509 import CertificateError, covers, inspect, key_matches, server_problems
from components.x509.facts import UNKNOWN_ALGORITHM
from program.authority_preconditions import authority_problems
from settings import full_names
from settings.cross_kubernetes import ingress_hosts
from settings.model import (
    IssuedServerCertificate,
    ReferencedServerCertificate,
    ServerCertificate,
    Settings,
    UploadedServerCertificate,
)

CERTIFICATE = "mtlsedge:serverCertificate"


def require_buildable(settings: Settings, now: datetime, *, look_at_keys: bool) -> None:
    """Raises `pulumi.RunError` with every problem, so that nothing is built half.

    `look_at_keys` is for `up` only: a preview must not look inside a secret. Messages carry no part of one.
    """
    problems = [
        *_missing_facts(settings),
        *authority_problems(settings, now, look_at_keys=look_at_keys),
        *_certificate_problems(settings, now, look_at_keys=look_at_keys),
    ]
    if problems:
        raise pulumi.RunError("\n".join(["this stack cannot be built:", *(f"  {problem}" for problem in problems)]))


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


def _missing_facts(settings: Settings) -> Iterator[str]:
    """What a load balancer of somebody else leaves unknown, as the program looks nothing up."""
    if settings.load_balancer and settings.load_balancer.id and settings.domain:
        yield (
            "mtlsedge:domain: found names for loadBalancer.id, an instance whose DNS name the stack does not know;"
            " allowed: no domain, or the instance as this stack's own (mtlsedge:adopt, load-balancer)"
        )
    if settings.load_balancer and settings.listener and settings.listener.redirect_http and not settings.network:
        yield (
            "mtlsedge:network: found nothing; allowed: the load balancer's VPC, in which the redirect of plain HTTP"
            " has its empty server group, or listener.redirectHttp: false"
        )


def _certificate_problems(settings: Settings, now: datetime, *, look_at_keys: bool) -> Iterator[str]:
    for path, uploaded, hosts in _uploads(settings):
        for problem in server_problems(uploaded.certificate_pem, hosts, now):
            yield f"{path}.certificateFile: {problem}"
        if look_at_keys:
            yield from (f"{path}.privateKey: {problem}" for problem in _key_problems(uploaded))


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
