"""Exports that differ by kind of authority, what was dropped from requests, and the deny list. All of it is public."""

from typing import Any

from components.certificates import CaCertificate
from components.client_certificate import ClientCertificate
from components.private_ca import PcaClientCertificate, PrivateCaAuthority
from components.x509.names import distinguished_name, readable
from components.x509.requests import dropped_wishes
from program.arguments import pca_client_subject
from program.external_authority import BroughtClient, ExternalAuthority, issuing_chain
from settings.model import PrivateCaAuthority as PrivateCaSettings
from settings.model import Settings, Subject

AnyClient = ClientCertificate | BroughtClient | PcaClientCertificate


def other_authority(settings: Settings, authority: object) -> dict[str, Any] | None:
    """The `authority` output of an external authority or a private CA; None for the others."""
    if isinstance(authority, ExternalAuthority):
        return {
            **trusted_certificate(authority.trusted),
            "subject": authority.subject,
            "chain": issuing_chain(authority),
        }
    if isinstance(authority, PrivateCaAuthority) and isinstance(settings.authority, PrivateCaSettings):
        return {
            **trusted_certificate(authority.trusted),
            "subject": _readable(settings.authority.subject),
            "chain": authority.subordinate["certificate_pem"],
            "serviceEnd": authority.subordinate["service_end"],
        }
    return None


def trusted_certificate(trusted: CaCertificate) -> dict[str, Any]:
    """What every `authority` output says of the CA certificate that the load balancer trusts."""
    return {
        "fingerprint": trusted["fingerprint"],
        "notAfter": trusted["not_after"],
        "certificate": trusted["certificate_pem"],
    }


def subject_of(settings: Settings, name: str, client: AnyClient) -> str:
    """A client's subject as RFC 4514 text, known in a preview, too."""
    if isinstance(client, BroughtClient):
        return client.subject
    subject = settings.clients[name].subject
    if isinstance(settings.authority, PrivateCaSettings):
        subject = pca_client_subject(subject, settings.authority.subject)
    return _readable(subject)


def notes(settings: Settings) -> list[str]:
    """What requests asked for and did not get, a line each, so that nobody finds out in a handshake."""
    return [
        f"clients.{name}: its request also asks for {wish}: dropped"
        for name, client in sorted(settings.clients.items())
        if client.csr_pem
        for wish in dropped_wishes(client.csr_pem, client.subject, client.names)
    ]


def denied(settings: Settings) -> dict[str, Any]:
    """The deny list: entries by name, and the two lists a server compares with; see docs/guides/deny-list.md."""
    entries = settings.denied.values()
    return {
        "fingerprints": sorted(entry.fingerprint for entry in entries),
        "serials": sorted(entry.serial for entry in entries if entry.serial),
        "clients": {
            entry.name: {"fingerprint": entry.fingerprint, "serial": entry.serial, "reason": entry.reason}
            for entry in entries
        },
    }


def _readable(subject: Subject) -> str:
    return readable(distinguished_name(subject))
