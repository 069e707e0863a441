"""Root and subordinate that Alibaba Cloud keeps, and the clients it signs."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mtlsedge_components.ca_repository import CaRepository
from mtlsedge_components.private_ca import PcaClientCertificate, PrivateCaAuthority
from mtlsedge_components.x509.names import Subject
from program.authorities.authority import (
    BuiltAuthority,
    BuiltClient,
    names_args,
    readable_subject,
    subject_args,
    trusted_certificate,
    uploaded,
)
from program.common import Common
from settings.model import Client, Settings
from settings.model import PrivateCaAuthority as PrivateCaSettings


class BuiltPrivateCa(BuiltAuthority):
    """The service signs clients, and no servers."""

    def __init__(self, settings: Settings, authority: PrivateCaSettings, common: Common) -> None:
        self._settings, self._wanted, self._common = settings, authority, common
        self._component = PrivateCaAuthority(
            common.name("authority"),
            {
                "subject": subject_args(authority.subject),
                "algorithm": authority.algorithm,
                "root_years": authority.root_years,
                "subordinate_years": authority.subordinate_years,
                "site": settings.certificate_site,
                "identity": common.identity,
            },
            common.opts,
        )

    def ca(self) -> CaRepository:
        return uploaded(self._settings, self._common, self._component.trusted)

    def clients(self) -> Mapping[str, BuiltClient]:
        return {name: self._client(name, client) for name, client in sorted(self._settings.clients.items())}

    def _client(self, name: str, client: Client) -> BuiltClient:
        subject = self._completed(client.subject)
        made = PcaClientCertificate(
            f"client-{name}",
            {
                "subordinate": self._component.subordinate,
                "subject": subject_args(subject),
                "names": names_args(client.names),
                "algorithm": client.algorithm,
                "validity_days": client.validity_days,
                "renew_before_days": client.renew_before_days,
                "csr_pem": client.csr_pem,
                "site": self._settings.certificate_site,
            },
            self._common.opts,
        )
        return BuiltClient(readable_subject(subject), made.certificate, made.chain_pem, made.private_key_pem)

    def _completed(self, subject: Subject) -> Subject:
        """With the CA's attributes where it has none of its own: the service would put its company's."""
        attributes = ("country", "state", "locality", "organization", "unit")
        return replace(
            subject, **{key: getattr(subject, key) or getattr(self._wanted.subject, key) for key in attributes}
        )

    def outputs(self) -> dict[str, Any]:
        return {
            "authority": {
                **trusted_certificate(self._component.trusted),
                "subject": readable_subject(self._wanted.subject),
                "chain": self._component.subordinate["certificate_pem"],
                "serviceEnd": self._component.subordinate["service_end"],
            }
        }
