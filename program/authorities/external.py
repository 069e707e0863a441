"""An authority whose key lies elsewhere, and clients that bring its certificates."""

from collections.abc import Mapping
from typing import Any

import pulumi

from mtlsedge_components.ca_repository import CaRepository
from mtlsedge_components.certificates import CaCertificate
from mtlsedge_components.x509.checking import split_chain
from mtlsedge_components.x509.external import client_chain
from mtlsedge_components.x509.facts import inspect
from program.authorities.authority import BuiltAuthority, BuiltClient, trusted_certificate, uploaded
from program.common import Common
from settings.model import Client, ExternalAuthority, Settings


class BuiltExternalCa(BuiltAuthority):
    """Nothing is signed: the load balancer is given the certificate, whose dates and rights have been checked."""

    def __init__(self, settings: Settings, authority: ExternalAuthority, common: Common) -> None:
        self._settings, self._authority, self._common = settings, authority, common
        self._facts = inspect(authority.certificate_pem)
        self.fingerprint = self._facts.fingerprint
        self._trusted: CaCertificate = {
            "certificate_pem": authority.certificate_pem,
            "fingerprint": self._facts.fingerprint,
            "not_after": self._facts.not_after,
        }

    def ca(self) -> CaRepository:
        """An upload of its own, unless another listener has uploaded the same certificate."""
        if (identifier := self._common.uploads.get(self.fingerprint)) is not None:
            return CaRepository(self._common.name("ca"), {"identifier": identifier}, self._common.opts)
        version_1 = self._authority.allow_version_1_root
        return uploaded(self._settings, self._common, self._trusted, allow_version_1_root=version_1)

    def clients(self) -> Mapping[str, BuiltClient]:
        return {name: self._client(client) for name, client in sorted(self._settings.clients.items())}

    def _client(self, client: Client) -> BuiltClient:
        """The client's certificate, and what it sends after it. The stack never has its key."""
        leaf, chain = client_chain(client.certificate_pem, self._authority.certificate_pem)
        facts = inspect(leaf)
        return BuiltClient(
            facts.subject,
            {
                "certificate_pem": leaf,
                "serial": facts.serial,
                "fingerprint": facts.fingerprint,
                "not_after": facts.not_after,
            },
            pulumi.Output.from_input(chain),
            pulumi.Output.secret(""),
        )

    def outputs(self) -> dict[str, Any]:
        """What lies between the CA and its clients is known to the clients alone."""
        chain = split_chain(self._authority.certificate_pem)[0]
        return {"authority": {**trusted_certificate(self._trusted), "subject": self._facts.subject, "chain": chain}}
