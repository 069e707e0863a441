"""The rules no stack may break, as CrossGuard policies that need nothing of this project.

Each message gives the reason, where the rule comes from, and the remedy. In a preview a property that
is not known yet turns a mandatory rule into an advice; the same rule is enforced in `pulumi up`.
"""

from collections.abc import Iterator
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)

LISTENER = "alicloud:alb/listener:Listener"
LOAD_BALANCER = "alicloud:alb/loadBalancer:LoadBalancer"
CERTIFICATE = "pulumi-python:dynamic/mtlsedge:Certificate"
PRIVATE_KEY = "pulumi-python:dynamic/mtlsedge:PrivateKey"

TLS_1_2_OR_NEWER = frozenset(
    {
        "tls_cipher_policy_1_2",
        "tls_cipher_policy_1_2_strict",
        "tls_cipher_policy_1_2_strict_with_1_3",
    }
)
"""System policies of ALB whose floor is TLS 1.2 (ALB user guide, "TLS security policies")."""

LONGEST_CLIENT_VALIDITY_DAYS = 397
"""ALB checks no revocation list, so the lifetime of a client certificate is the only bound on a stolen one."""

KEY_PROPERTIES = frozenset(
    {
        ("alicloud:cas/serviceCertificate:ServiceCertificate", "key"),
        (CERTIFICATE, "issuer_private_key_pem"),
        (PRIVATE_KEY, "private_key_pem"),
    }
)
"""The only properties in which a private key may stand; the engine encrypts each of them in state."""


def require_client_certificates(args: ResourceValidationArgs, report: ReportViolation) -> None:
    """An HTTPS listener verifies clients against exactly one CA."""
    if args.resource_type != LISTENER or args.props.get("listenerProtocol") != "HTTPS":
        return
    if args.props.get("caEnabled") is not True:
        report(
            "the HTTPS listener does not demand a client certificate (caEnabled is off), so anybody may connect. "
            "Source: ALB API, CreateListener. Remedy: set ca_enabled=True with one CA certificate."
        )
    authorities = args.props.get("caCertificates") or []
    if len(authorities) != 1:
        report(
            f"the HTTPS listener names {len(authorities)} CA certificates; ALB takes exactly one per listener. "
            "Source: ALB API, CaCertificates. Remedy: name one; rotate with cross-signed certificates."
        )


def require_modern_tls(args: ResourceValidationArgs, report: ReportViolation) -> None:
    """An HTTPS listener names a TLS policy whose floor is TLS 1.2."""
    if args.resource_type != LISTENER or args.props.get("listenerProtocol") != "HTTPS":
        return
    policy = args.props.get("securityPolicyId") or "tls_cipher_policy_1_0 (ALB's default)"
    if policy not in TLS_1_2_OR_NEWER:
        report(
            f"the listener's TLS policy is {policy}, which may accept TLS 1.0 or 1.1. "
            f"Source: ALB user guide, TLS security policies. Remedy: one of {', '.join(sorted(TLS_1_2_OR_NEWER))}."
        )


def require_capable_edition(args: ResourceValidationArgs, report: ReportViolation) -> None:
    """The ALB instance is of an edition that can do mutual authentication."""
    if args.resource_type == LOAD_BALANCER and args.props.get("loadBalancerEdition") == "Basic":
        report(
            "the Basic edition of ALB refuses mutual authentication. "
            "Source: ALB, configure mutual authentication. Remedy: Standard or StandardWithWaf."
        )


def forbid_stray_private_keys(args: ResourceValidationArgs, report: ReportViolation) -> None:
    """No property but the listed ones holds a private key."""
    for path, text in _texts(args.props):
        if "PRIVATE KEY-----" in text and (args.resource_type, path) not in KEY_PROPERTIES:
            report(
                f"property {path} holds a private key in a place that is not kept encrypted. "
                "Source: SECURITY.md, where keys may be. Remedy: pass a reference or the public part."
            )


def limit_client_validity(args: ResourceValidationArgs, report: ReportViolation) -> None:
    """A client certificate does not outlive the longest time a stolen one may stay useful."""
    if args.resource_type != CERTIFICATE or args.props.get("profile") != "client":
        return
    days = args.props.get("validity_days")
    if isinstance(days, (int, float)) and days > LONGEST_CLIENT_VALIDITY_DAYS:
        report(
            f"a client certificate is valid for {days:g} days; allowed are {LONGEST_CLIENT_VALIDITY_DAYS}, since ALB "
            "checks no revocation list. Source: SECURITY.md. Remedy: shorten validityDays and let `up` renew."
        )


def forbid_way_around(args: StackValidationArgs, report: ReportViolation) -> None:
    """No HTTP or QUIC listener forwards to a server group that a client-authenticated listener serves."""
    listeners = [resource for resource in args.resources if resource.resource_type == LISTENER]
    guarded = {group for one in listeners if one.props.get("caEnabled") is True for group in _groups(one.props)}
    for one in listeners:
        if one.props.get("listenerProtocol") in ("HTTP", "QUIC"):
            for group in sorted(guarded & set(_groups(one.props))):
                report(
                    f"the {one.props['listenerProtocol']} listener {one.name} forwards to {group}, which is also behind "
                    "mutual TLS: a way around the client check. Source: alibaba-cloud rules 4. "
                    "Remedy: give it a server group without servers and a redirect rule.",
                    one.urn,
                )


def _groups(props: Any) -> list[str]:
    return [
        found["serverGroupId"]
        for action in props.get("defaultActions") or []
        for found in ((action.get("forwardGroupConfig") or {}).get("serverGroupTuples") or [])
        if isinstance(found.get("serverGroupId"), str) and found["serverGroupId"]
    ]


def _texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item, path)


def _rule(name: str, check: Any) -> ResourceValidationPolicy:
    return ResourceValidationPolicy(
        name=name, description=check.__doc__, validate=check, enforcement_level=EnforcementLevel.MANDATORY
    )


RULES = (
    _rule("mutual-authentication", require_client_certificates),
    _rule("tls-floor", require_modern_tls),
    _rule("edition", require_capable_edition),
    _rule("no-stray-private-key", forbid_stray_private_keys),
    _rule("client-validity", limit_client_validity),
    StackValidationPolicy(
        name="no-way-around",
        description=str(forbid_way_around.__doc__),
        validate=forbid_way_around,
        enforcement_level=EnforcementLevel.MANDATORY,
    ),
)
"""Every rule of the pack, in the order in which they are reported."""
