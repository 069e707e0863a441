"""The CA certificate a listener trusts, uploaded. This module's path and class names stand in state.

UploadPCACert takes no client token, so every create begins with a look-up by the certificate's SHA-256. What was
found is *adopted*, and never deleted, unless it is our own, from a run whose reply was lost. It is taken for that if
the repository's name carries the stack's mark (`decisions.is_ours`), or the certificate's name is the one this stack
gives it and carries the mark. No reply holds a certificate's name, so that is asked for by keyword.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ReadResult

from mtlsedge_components.dynamic import clock, decisions
from mtlsedge_components.dynamic.errors import CloudError, ProviderError
from mtlsedge_components.dynamic.properties import UNKNOWN, changed
from mtlsedge_components.dynamic.provider import GONE, CloudProvider, boundary, checked, compared
from mtlsedge_components.dynamic.resource import Resource
from mtlsedge_components.dynamic.retrying import settled
from mtlsedge_components.sites import SITES
from mtlsedge_components.x509.external import external_problems
from mtlsedge_components.x509.facts import inspect

if TYPE_CHECKING:
    from mtlsedge_components.dynamic.certificate_service import CertificateService


class UploadedCaProvider(CloudProvider):
    """Uploads one CA certificate, or finds it where it was uploaded before."""

    @boundary
    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Refuse a private key in the upload, and an unknown site."""
        problems = decisions.unlisted(news, "site", SITES)
        if "PRIVATE KEY" in str(news.get("certificate_pem")):
            problems.append(("certificate_pem", "found a private key; allowed certificates only: the key of a CA is never uploaded"))  # fmt: skip
        return checked(news, problems)

    @boundary
    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Another certificate, repository or site is another upload; the name and the chain's text are not."""
        replaces = changed(olds, news, ["site", "warehouse_id"])
        pem = news["certificate_pem"]
        if pem == UNKNOWN or inspect(pem).fingerprint != olds["fingerprint"]:
            replaces.append("certificate_pem")
        return compared(replaces)

    @boundary
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Find the certificate in the repository, or upload it."""
        service = self.connection.certificates(props["site"])
        pem, fingerprint = props["certificate_pem"], inspect(props["certificate_pem"]).fingerprint
        if problems := external_problems(
            pem, clock.now(), allow_version_1_root=bool(props.get("allow_version_1_root"))
        ):
            raise ProviderError("CA certificate refused: " + "; ".join(problems))
        identifier = _found(service, props)
        adopted = bool(identifier) and not _is_ours(service, props, identifier)
        identifier = identifier or _uploaded(service, props)
        self.created.add(identifier)
        return CreateResult(
            identifier, {**props, "identifier": identifier, "fingerprint": fingerprint, "adopted": adopted}
        )

    @boundary
    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Compare the content: another certificate under this identifier shows as drift, and is replaced."""
        found = self.connection.certificates(props["site"]).described(id_)
        if found is None:
            return ReadResult(*GONE)
        fingerprint = inspect(found["Content"]).fingerprint
        if fingerprint == inspect(props["certificate_pem"]).fingerprint:
            return ReadResult(id_, {**props, "fingerprint": fingerprint})
        return ReadResult(id_, {**props, "fingerprint": fingerprint, "certificate_pem": found["Content"]})

    @boundary
    def delete(self, id_: str, props: dict[str, Any]) -> None:
        """Delete what this stack uploaded, unless a listener still trusts it."""
        if props["adopted"] or id_ in self.created:
            return
        if listeners := self.connection.load_balancers().listeners_using(id_):
            raise ProviderError(f"CA {id_}: found in use by listener(s) {', '.join(listeners)} of {self.connection.region};"
                                " allowed only unused: point them at another CA first")  # fmt: skip
        self.connection.certificates(props["site"]).delete_ca(id_)


def _found(service: "CertificateService", props: Mapping[str, Any]) -> str:
    """Identifier of the same certificate in the repository, by SHA-256; empty if it is not there."""
    wanted = inspect(props["certificate_pem"])
    for identifier in decisions.likely_first(service.listed(props["warehouse_id"]), wanted.serial):
        description = service.described(identifier)
        if description and inspect(description["Content"]).fingerprint == wanted.fingerprint:
            return identifier
    return ""


def _is_ours(service: "CertificateService", props: Mapping[str, Any], identifier: str) -> bool:
    name, owner = props["certificate_name"], props["owner"]
    if decisions.is_ours(props["repository_name"], owner):
        return True
    named = service.listed(props["warehouse_id"], keyword=name) if decisions.is_ours(name, owner) else []
    return identifier in [item.get("Identifier") for item in named]


def _uploaded(service: "CertificateService", props: Mapping[str, Any]) -> str:
    """Identifier of the new upload, or of one whose reply was lost."""
    try:
        return service.upload_ca(props["warehouse_id"], props["certificate_name"], props["certificate_pem"])
    except CloudError as error:
        if error.unanswered and (identifier := settled(lambda: _found(service, props), bool)):
            return identifier
        raise


class UploadedCa(Resource):
    """A CA certificate in a repository; `identifier` is what an ALB listener names.

    `certificate_pem` is the CA, its chain may follow. Only its first certificate tells one upload from another.
    Deletion looks at the listeners of the stack's region only; listeners elsewhere are not seen.
    """

    served_by = UploadedCaProvider

    identifier: pulumi.Output[str]
    fingerprint: pulumi.Output[str]
    adopted: pulumi.Output[bool]

    def __init__(
        self,
        name: str,
        *,
        repository_name: str,
        warehouse_id: pulumi.Input[int],
        certificate_pem: pulumi.Input[str],
        certificate_name: pulumi.Input[str],
        site: str,
        allow_version_1_root: bool = False,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {
            "repository_name": repository_name,
            "warehouse_id": warehouse_id,
            "certificate_pem": certificate_pem,
            "certificate_name": certificate_name,
            "site": site,
            "allow_version_1_root": allow_version_1_root,
            "owner": f"{pulumi.get_project()}-{pulumi.get_stack()}",
        }
        outputs = dict.fromkeys(("identifier", "fingerprint", "adopted"))
        super().__init__(name, {**properties, **outputs}, opts)
