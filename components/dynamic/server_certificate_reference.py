"""A server certificate that another owner keeps in Certificate Management Service. This module's path and class names
stand in state. It is read, never written, and its private key is never asked for.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ReadResult, UpdateResult

from mtlsedge_components.dynamic import clock, decisions
from mtlsedge_components.dynamic.errors import ProviderError
from mtlsedge_components.dynamic.properties import changed
from mtlsedge_components.dynamic.provider import GONE, CloudProvider, boundary, checked, compared
from mtlsedge_components.dynamic.resource import Resource
from mtlsedge_components.sites import SITES

OUTPUTS = ("not_after", "fingerprint", "subject_names")


class ServerCertificateReferenceProvider(CloudProvider):
    """Reads a certificate's facts at create, update and refresh."""

    @boundary
    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Refuse an identifier that is not `<number>-<suffix of the site>`."""
        problems = decisions.unlisted(news, "site", SITES) or decisions.identifier_problems(news)
        return checked(news, problems)

    @boundary
    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Another identifier is another certificate; other names are looked for in the same one."""
        return compared(changed(olds, news, ["identifier", "site"]), updates=bool(changed(olds, news, ["names"])))

    @boundary
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Read the certificate; refuse one that is missing, SM2, expired, or not for these names."""
        return CreateResult(props["identifier"], self._accepted(props))

    @boundary
    def update(self, _id: str, _olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Read it again, for the new names."""
        return UpdateResult(self._accepted(news))

    @boundary
    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """The facts as they are now; judging them is not a refresh's business."""
        detail = self._detail(props)
        if detail is None:
            return ReadResult(*GONE)
        return ReadResult(id_, {**props, **decisions.server_certificate_facts(detail)})

    def _detail(self, props: dict[str, Any]) -> Mapping[str, Any] | None:
        certificate_id = int(props["identifier"].partition("-")[0])
        return self.connection.certificates(props["site"]).server_certificate(certificate_id)

    def _accepted(self, props: dict[str, Any]) -> dict[str, Any]:
        detail, label = self._detail(props), f"server certificate {props['identifier']}"
        if detail is None:
            raise ProviderError(f"{label}: found none of that id at the {props['site']} site; allowed an existing one")
        if decisions.is_sm2(detail):
            raise ProviderError(f"{label}: found SM2; allowed RSA or ECC, which a listener with mutual TLS needs")
        facts = decisions.server_certificate_facts(detail)
        if datetime.fromisoformat(facts["not_after"]) <= clock.now():
            raise ProviderError(f"{label}: found expired since {facts['not_after']}; allowed only in date")
        if missing := decisions.uncovered(props["names"], facts["subject_names"]):
            raise ProviderError(f"{label}: found names {', '.join(facts['subject_names']) or 'none'};"
                                f" allowed only if it covers {', '.join(missing)}")  # fmt: skip
        return {**props, **facts}


class ServerCertificateReference(Resource):
    """Facts of a server certificate by its identifier `<CertId>-<site suffix>`.

    `not_after` is ISO 8601 UTC; `fingerprint` is SHA-256 where the service gives one, else what it gives;
    `names` are the host names the certificate must cover.
    """

    served_by = ServerCertificateReferenceProvider

    identifier: pulumi.Output[str]
    not_after: pulumi.Output[str]
    fingerprint: pulumi.Output[str]
    subject_names: pulumi.Output[list[str]]

    def __init__(
        self, name: str, *, identifier: str, names: Sequence[str], site: str, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        properties = {"identifier": identifier, "names": list(names), "site": site}
        super().__init__(name, {**properties, **dict.fromkeys(OUTPUTS)}, opts)
