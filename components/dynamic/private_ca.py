"""What a certificate of the private CA service is, and its revocation. This module's path and class names stand in state.

The provider's own resource for root and subordinate shows no certificate, and deletes a CA without revoking it first,
which the API refuses. So a resource of this program stands after each: it reads the certificate, and its deletion, which the
engine does first, revokes. It is replaced only together with the CA, whose identifier is its only input that counts.
"""

from datetime import UTC, datetime
from typing import Any

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ReadResult

from mtlsedge_components.dynamic import decisions
from mtlsedge_components.dynamic.errors import ProviderError
from mtlsedge_components.dynamic.properties import changed
from mtlsedge_components.dynamic.provider import GONE, CloudProvider, boundary, checked, compared
from mtlsedge_components.dynamic.resource import Resource
from mtlsedge_components.dynamic.retrying import settled
from mtlsedge_components.importing import one_at_a_time
from mtlsedge_components.sites import SITES

OUTPUTS = ("certificate_pem", "fingerprint", "not_after", "service_end")


class PrivateCaProvider(CloudProvider):
    """Reads one CA of the private CA service; revokes it on deletion."""

    @boundary
    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Refuse an unknown site."""
        return checked(news, decisions.unlisted(news, "site", SITES))

    @boundary
    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Another CA is another resource."""
        return compared(changed(olds, news, ["identifier", "site"]))

    @boundary
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Look the CA up; it may show its certificate a little after it was made."""
        service, identifier = self.connection.private_ca(props["site"]), props["identifier"]
        found = settled(lambda: service.authority(identifier), lambda ca: bool(ca and ca.get("X509Certificate")))
        if not found or not found.get("X509Certificate"):
            raise ProviderError(f"private CA {identifier}: found no certificate; allowed one that is issued")
        self.created.add(identifier)
        return CreateResult(identifier, {**props, **_facts(found, service.service_end(identifier))})

    @boundary
    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """The certificate as it is now, and the end of the service, which a renewed subscription moves."""
        service = self.connection.private_ca(props["site"])
        found = service.authority(id_)
        if not found or found.get("Status") == "REVOKE":
            return ReadResult(*GONE)
        return ReadResult(id_, {**props, **_facts(found, service.service_end(id_))})

    @boundary
    def delete(self, id_: str, props: dict[str, Any]) -> None:
        """Revoke, so that the provider's deletion of the CA, which follows, is taken."""
        if id_ in self.created:
            return
        service = self.connection.private_ca(props["site"])
        found = service.authority(id_)
        if found and found.get("Status") != "REVOKE":
            service.revoke_authority(id_)


def _facts(certificate: dict[str, Any], service_end: int) -> dict[str, str]:
    with one_at_a_time:
        from mtlsedge_components.x509.checking import split_chain
        from mtlsedge_components.x509.facts import inspect

    pem = split_chain(certificate["X509Certificate"])[0]
    facts = inspect(pem)
    end = datetime.fromtimestamp(service_end // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if service_end else ""
    return dict(zip(OUTPUTS, (pem, facts.fingerprint, facts.not_after, end), strict=True))


class PrivateCa(Resource):
    """The certificate behind a CA of the private CA service; `service_end` is "" where the service does not say."""

    served_by = PrivateCaProvider

    identifier: pulumi.Output[str]
    certificate_pem: pulumi.Output[str]
    fingerprint: pulumi.Output[str]
    not_after: pulumi.Output[str]
    service_end: pulumi.Output[str]

    def __init__(
        self, name: str, *, identifier: pulumi.Input[str], site: str, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        properties = {"identifier": identifier, "site": site}
        super().__init__(name, {**properties, **dict.fromkeys(OUTPUTS)}, opts)
