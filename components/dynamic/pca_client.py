"""Client certificates of the private CA service. This module's path and class names stand in state.

The provider's own resource lets the service make the key and gives neither certificate nor key; here the service
gets a signing request. The API has no client token, so each certificate carries a custom identifier made of what it
is and the day: a create whose reply was lost finds it again. Deletion revokes first, as the API demands.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ReadResult

from mtlsedge_components.dynamic import clock, decisions
from mtlsedge_components.dynamic.errors import CloudError, ProviderError
from mtlsedge_components.dynamic.properties import UNKNOWN, changed
from mtlsedge_components.dynamic.provider import GONE, CloudProvider, boundary, checked, compared
from mtlsedge_components.dynamic.resource import Resource
from mtlsedge_components.dynamic.retrying import APPEARING, settled
from mtlsedge_components.importing import one_at_a_time
from mtlsedge_components.sites import SITES

if TYPE_CHECKING:
    from mtlsedge_components.dynamic.private_ca_service import PrivateCaService

OUTPUTS = ("certificate_pem", "serial", "not_before", "not_after", "fingerprint")
IDENTITY = ("parent_identifier", "subject", "names", "validity_days", "public_key_pem", "csr_pem", "site")
"""What makes a certificate what it is; a change of one makes another certificate."""
SAN_TYPES = {"email": 1, "dns": 2, "uri": 6}
"""`SanType` of a kind of name; a certificate has one kind [SDK-PCA]."""
ALGORITHMS = {"ecdsa-p256": "ECC_256", "ecdsa-p384": "ECC_384", "rsa-2048": "RSA_2048", "rsa-4096": "RSA_4096"}
"""Key algorithms in the service's words."""


class PcaClientProvider(CloudProvider):
    """Orders one client certificate with a signing request, renews it in its window, revokes it on deletion."""

    @boundary
    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Refuse an unknown site and values out of range."""
        problems = decisions.unlisted(news, "site", SITES)
        if bool(news.get("public_key_pem")) == bool(news.get("csr_pem")):
            problems.append(
                ("public_key_pem", "found both or neither of public_key_pem and csr_pem; allowed exactly one")
            )
        return checked(news, problems)

    @boundary
    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Another identity, or an open renewal window, is another certificate: new first, then the old revoked."""
        replaces = changed(olds, news, IDENTITY)
        if not replaces and _is_due(olds, news, clock.now()):
            replaces.append("not_after")
        return compared(replaces)

    @boundary
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Find the certificate of a run whose reply was lost, or order it."""
        service, now = self.connection.private_ca(props["site"]), clock.now()
        mark = custom_identifier(props, now)
        identifier = service.client_called(mark) or _ordered(service, props, mark, now)
        found = settled(
            lambda: service.client(identifier), lambda one: bool(one and one.get("X509Certificate")), APPEARING
        )
        if not found or not found.get("X509Certificate"):
            raise ProviderError(f"client certificate {identifier}: found none issued yet; run `up` again")
        self.created.add(identifier)
        outputs = {**_facts(found["X509Certificate"]), "custom_identifier": mark}
        return CreateResult(identifier, {**{k: v for k, v in props.items() if k != "private_key_pem"}, **outputs})

    @boundary
    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Gone once it was deleted or revoked outside this stack: then the next `up` orders another."""
        found = self.connection.private_ca(props["site"]).client(id_)
        if not found or found.get("Status") == "REVOKE":
            return ReadResult(*GONE)
        return ReadResult(id_, props)

    @boundary
    def delete(self, id_: str, props: dict[str, Any]) -> None:
        """Revoke, then delete: the API deletes revoked certificates only."""
        if id_ in self.created:
            return
        service = self.connection.private_ca(props["site"])
        found = service.client(id_)
        if found and found.get("Status") != "REVOKE":
            service.revoke_client(id_)
        if found:
            service.delete_client(id_)


def custom_identifier(props: Mapping[str, Any], now: datetime) -> str:
    """A name for one certificate: what it is, whose it is, and the day it was ordered; 40 hexadecimal digits."""
    facts = [props.get(key) for key in (*IDENTITY, "owner")]
    return hashlib.sha256(json.dumps([facts, f"{now:%Y-%m-%d}"], sort_keys=True).encode()).hexdigest()[:40]


def days_to_order(props: Mapping[str, Any], now: datetime) -> int:
    """Validity in whole days, never beyond the subordinate CA nor the service's term; ProviderError if none is left."""
    ends = [_moment(text) for text in (props.get("issuer_not_after"), props.get("service_end")) if text]
    left = min([(end - now) // timedelta(days=1) for end in ends], default=int(props["validity_days"]))
    if left < 1:
        raise ProviderError("private CA: found no whole day left of the subordinate's validity or of the service's"
                            " term; allowed 1 or more: renew the service, or move to another authority")  # fmt: skip
    return min(int(props["validity_days"]), left)


def _is_due(olds: Mapping[str, Any], news: Mapping[str, Any], now: datetime) -> bool:
    """Inside its window, unless the next certificate could not last longer."""
    end = _moment(olds["not_after"])
    known = (text for text in (news.get("issuer_not_after"), news.get("service_end")) if text and text != UNKNOWN)
    limits = [_moment(text) for text in known]
    if limits and end >= min(limits) - timedelta(days=1):
        return now >= end
    return now >= end - timedelta(days=int(news.get("renew_before_days") or 0))


def _ordered(service: "PrivateCaService", props: Mapping[str, Any], mark: str, now: datetime) -> str:
    """Identifier of the new certificate, or of one whose reply was lost. What was bought is counted before it is used up."""
    left = service.certificates_left(str(props["parent_identifier"]))
    if left is not None and left < 1:
        raise ProviderError(f"private CA {props['parent_identifier']}: found no certificate left of those bought (CertIssuedCount"
                            " of GetCAInstanceStatus has reached CertTotalCount); allowed 1 or more: buy more in Certificate"
                            " Management Service, then run `pulumi up` again")  # fmt: skip
    try:
        return service.issue(_order(props, mark, now))
    except CloudError as error:
        if error.unanswered and (identifier := settled(lambda: service.client_called(mark), bool)):
            return identifier
        raise


def _order(props: Mapping[str, Any], mark: str, now: datetime) -> dict[str, Any]:
    """The request's fields. All attributes are sent: for an absent one the service puts its own company's name."""
    subject, names = props["subject"], props["names"]
    sent = next(({"san_type": type_, "san_value": ",".join(names[kind])}
                 for kind, type_ in SAN_TYPES.items() if names.get(kind)), {})  # fmt: skip
    return {
        "parent_identifier": props["parent_identifier"],
        "csr": _csr(props),
        "common_name": subject["common_name"],
        "country": subject.get("country", ""),
        "state": subject.get("state", ""),
        "locality": subject.get("locality", ""),
        "organization": subject.get("organization", ""),
        "organization_unit": subject.get("unit", ""),
        "algorithm": ALGORITHMS[props["algorithm"]],
        "days": days_to_order(props, now),
        "custom_identifier": mark,
        **sent,
    }


def _csr(props: Mapping[str, Any]) -> str:
    """The client's own request, or one made here, in `up`, with the key of the stack."""
    with one_at_a_time:
        from mtlsedge_components.x509.names import Subject, SubjectAlternativeNames
        from mtlsedge_components.x509.ordering import signing_request

    if props.get("csr_pem"):
        return str(props["csr_pem"])
    names = SubjectAlternativeNames(**{kind: tuple(values) for kind, values in props["names"].items()})
    return signing_request(props["private_key_pem"], Subject(**props["subject"]), names)


def _facts(pem: str) -> dict[str, str]:
    with one_at_a_time:
        from mtlsedge_components.x509.checking import split_chain
        from mtlsedge_components.x509.facts import inspect

    leaf = split_chain(pem)[0]
    facts = inspect(leaf)
    return dict(zip(OUTPUTS, (leaf, facts.serial, facts.not_before, facts.not_after, facts.fingerprint), strict=True))


def _moment(text: Any) -> datetime:
    moment = datetime.fromisoformat(str(text))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class PcaClient(Resource):
    """A client certificate of a subordinate CA in the private CA service, ordered with a signing request.

    The request is `csr_pem`, or is made with `private_key_pem` (secret, no output). `algorithm` is the key's.
    """

    served_by = PcaClientProvider

    certificate_pem: pulumi.Output[str]
    serial: pulumi.Output[str]
    not_before: pulumi.Output[str]
    not_after: pulumi.Output[str]
    fingerprint: pulumi.Output[str]

    def __init__(  # noqa: PLR0913 - a resource's inputs are its constructor's arguments
        self,
        name: str,
        *,
        parent_identifier: pulumi.Input[str],
        issuer_not_after: pulumi.Input[str],
        service_end: pulumi.Input[str],
        subject: Mapping[str, str],
        names: Mapping[str, Any],
        algorithm: str,
        validity_days: int,
        renew_before_days: int,
        site: str,
        public_key_pem: pulumi.Input[str] = "",
        private_key_pem: pulumi.Input[str] = "",
        csr_pem: str = "",
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {
            "parent_identifier": parent_identifier,
            "issuer_not_after": issuer_not_after,
            "service_end": service_end,
            "subject": {key: value for key, value in subject.items() if value},
            "names": {kind: list(values) for kind, values in names.items()},
            "algorithm": algorithm,
            "validity_days": validity_days,
            "renew_before_days": renew_before_days,
            "site": site,
            "public_key_pem": public_key_pem,
            "private_key_pem": pulumi.Output.secret(private_key_pem),
            "csr_pem": csr_pem,
            "owner": f"{pulumi.get_project()}-{pulumi.get_stack()}",
        }
        outputs = dict.fromkeys((*OUTPUTS, "custom_identifier"))
        super().__init__(name, {**properties, **outputs}, opts)
