"""Certificates issued by the stack. This module's path and class names stand in state."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult

from mtlsedge_components.dynamic import clock, decisions
from mtlsedge_components.dynamic.notices import tell
from mtlsedge_components.dynamic.properties import without
from mtlsedge_components.dynamic.provider import Provider, boundary, checked, compared
from mtlsedge_components.dynamic.resource import Resource
from mtlsedge_components.importing import one_at_a_time

OUTPUTS = ("certificate_pem", "serial", "not_before", "not_after", "fingerprint")


class CertificateProvider(Provider):
    """Issues a certificate once, and again when its identity changes or its renewal window opens."""

    @boundary
    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Refuse values out of range, and any change of identity of an immutable certificate."""
        with one_at_a_time:
            from mtlsedge_components.x509.renewal import identity_changes

        problems = decisions.certificate_problems(news)
        problems += decisions.immutability_problems(olds, news, identity_changes(olds, news))
        return checked(news, problems)

    @boundary
    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Replace when renewal says so; an immutable or kept certificate stays, whatever the time.

        The reason is told beside it.
        """
        with one_at_a_time:
            from mtlsedge_components.x509.renewal import reasons_to_replace, renewal_notice

        if news.get("immutable") or news.get("kept"):
            return compared([])
        now = clock.now()
        if notice := renewal_notice(olds, news, now):
            tell(notice)
        return compared(reasons_to_replace(olds, news, now))

    @boundary
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Sign; the issuer's key is used here and is no output."""
        issued = _issued(props)
        outputs = {name: getattr(issued, name) for name in OUTPUTS}
        return CreateResult(issued.serial, {**without(props, "issuer_private_key_pem", "immutable", "kept"), **outputs})


def _issued(props: Mapping[str, Any]) -> Any:
    with one_at_a_time:
        from mtlsedge_components.x509 import building

    request, key = _request(props), props["issuer_private_key_pem"]
    if request.profile is building.Profile.ROOT:
        return building.issue_root(request, key, clock.now())
    return building.issue(request, building.Issuer(props["issuer_certificate_pem"], key), clock.now())


def _request(props: Mapping[str, Any]) -> Any:
    with one_at_a_time:
        from mtlsedge_components.x509 import building
        from mtlsedge_components.x509.names import Subject, SubjectAlternativeNames

    return building.Request(
        profile=building.Profile(props["profile"]),
        subject=Subject(**props["subject"]),
        names=SubjectAlternativeNames(**{kind: tuple(values) for kind, values in props["names"].items()}),
        validity_days=props["validity_days"],
        public_key_pem=_public_key(props),
        path_length=props.get("path_length"),
        latest_end=props.get("latest_end", ""),
        name_constraints=_name_constraints(props.get("name_constraints") or {}),
    )


def _name_constraints(trees: Mapping[str, Mapping[str, Sequence[str]]]) -> Any:
    with one_at_a_time:
        from mtlsedge_components.x509.constraints import NameConstraints, Subtrees

    return NameConstraints(**{
        part: Subtrees(**{kind: tuple(values) for kind, values in names.items()}) for part, names in trees.items()
    })  # fmt: skip


def _public_key(props: Mapping[str, Any]) -> str:
    with one_at_a_time:
        from mtlsedge_components.x509 import checking

    csr = props.get("csr_pem", "")
    return checking.csr_public_key(csr) if csr else str(props["public_key_pem"])


class Certificate(Resource):
    """An X.509 version 3 certificate.

    `profile` is root, intermediate, client or server; `subject` and `names` have the fields of
    `mtlsedge_components.certificates`; `issuer_certificate_pem` is empty for a root, whose own key then is the issuer's.
    The public key comes from `public_key_pem` or from `csr_pem`. `generation` is a knob: another value replaces.
    With `immutable` (CA certificates) a preview refuses any change of identity, and nothing renews it. With `kept`
    nothing touches it either, and changes are not refused but left alone: it is a record of what was handed out.
    `latest_end` (ISO 8601) is a moment that it does not outlive, beside its issuer's end. `name_constraints` (a CA's) has
    `permitted` and `excluded`, each by kind of name; without any, the state has no such property.
    """

    served_by = CertificateProvider

    certificate_pem: pulumi.Output[str]
    serial: pulumi.Output[str]
    not_before: pulumi.Output[str]
    not_after: pulumi.Output[str]
    fingerprint: pulumi.Output[str]

    def __init__(  # noqa: PLR0913 - a resource's inputs are its constructor's arguments
        self,
        name: str,
        *,
        profile: str,
        subject: Mapping[str, str],
        names: Mapping[str, Sequence[str]],
        validity_days: int,
        renew_before_days: int,
        issuer_private_key_pem: pulumi.Input[str],
        public_key_pem: pulumi.Input[str] = "",
        issuer_certificate_pem: pulumi.Input[str] = "",
        csr_pem: pulumi.Input[str] = "",
        path_length: int | None = None,
        generation: str = "",
        immutable: bool = False,
        kept: bool = False,
        latest_end: pulumi.Input[str] = "",
        name_constraints: Mapping[str, Mapping[str, Sequence[str]]] | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {
            "profile": profile,
            "subject": {key: value for key, value in subject.items() if value},
            "names": {kind: list(values) for kind, values in names.items()},
            "validity_days": validity_days,
            "renew_before_days": renew_before_days,
            "public_key_pem": public_key_pem,
            "csr_pem": csr_pem,
            "issuer_certificate_pem": issuer_certificate_pem,
            "issuer_private_key_pem": pulumi.Output.secret(issuer_private_key_pem),
            "path_length": path_length,
            "generation": generation,
            "immutable": immutable,
            "kept": kept,
            "latest_end": latest_end,
            **({"name_constraints": name_constraints} if name_constraints else {}),
        }
        super().__init__(name, {**properties, **dict.fromkeys(OUTPUTS)}, opts)
