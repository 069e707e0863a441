"""Policy rules about HTTPS listeners: of ALB, and those of an AlbConfig."""

from collections.abc import Iterator, Mapping
from typing import Any

from reading import ADOPTED_ALB_CONFIG, ALB_CONFIG, TLS_1_2_OR_NEWER, Finding, is_known

from exposure.reach import LISTENER

ALB_DEFAULT_POLICY = "tls_cipher_policy_1_0"
BOOLEANS = ("caEnabled", "gzipEnabled", "http2Enabled")
KEYS_WITH_CAPITALS = {"certificateId": "CertificateId", "isDefault": "IsDefault"}


def require_client_certificates(args: Any) -> Iterator[Finding]:
    """An HTTPS listener demands a client certificate."""
    if is_https(args) and args.props.get("caEnabled") is not True:
        yield Finding(
            "the HTTPS listener does not demand a client certificate (caEnabled is off)",
            "anybody may connect",
            "ALB API, CreateListener, CaEnabled",
            "set caEnabled to true, with one CA certificate",
        )


def require_one_authority(args: Any) -> Iterator[Finding]:
    """An HTTPS listener trusts exactly one CA."""
    if not is_https(args):
        return
    listed = list(args.props.get("caCertificates") or [])
    named = [one for one in listed if not is_known(one, "certificateId") or one.get("certificateId")]
    if len(listed) != 1 or len(named) != 1:
        yield Finding(
            f"the HTTPS listener names {len(named)} CA certificates",
            "ALB takes exactly one for each listener",
            "ALB API, CreateListener, CaCertificates",
            "name one; rotate with cross-signed certificates",
        )


def require_modern_tls(args: Any) -> Iterator[Finding]:
    """An HTTPS listener has a TLS policy whose floor is TLS 1.2."""
    if is_https(args) and (policy := args.props.get("securityPolicyId") or ALB_DEFAULT_POLICY) not in TLS_1_2_OR_NEWER:
        yield _old_tls(f"the listener's TLS policy is {policy}")


def require_alb_config_verification(args: Any) -> Iterator[Finding]:
    """Each HTTPS listener of an AlbConfig demands a client certificate of exactly one CA."""
    for listener in _https_of_cluster(args):
        label, count = _label(listener), len(listener.get("caCertificates") or [])
        if listener.get("caEnabled") is not True or count != 1:
            yield Finding(
                f"{label} has caEnabled {listener.get('caEnabled')!r} and {count} CA certificates",
                "anybody may connect, or the controller refuses the listener",
                "ACK, ALB Ingress, mutual authentication",
                "caEnabled: true, and one entry in caCertificates",
            )


def require_alb_config_tls(args: Any) -> Iterator[Finding]:
    """Each HTTPS listener of an AlbConfig has a TLS policy whose floor is TLS 1.2."""
    for listener in _https_of_cluster(args):
        if (policy := listener.get("securityPolicyId") or ALB_DEFAULT_POLICY) not in TLS_1_2_OR_NEWER:
            yield _old_tls(f"{_label(listener)} has the TLS policy {policy}")


def require_alb_config_spelling(args: Any) -> Iterator[Finding]:
    """An AlbConfig says booleans as booleans and CertificateId with capitals; the cluster drops the rest silently."""
    for listener in listeners_of_cluster(args):
        label = _label(listener)
        wrong = [f"{key}: {listener[key]!r}" for key in BOOLEANS if isinstance(listener.get(key), str)]
        for name in ("certificates", "caCertificates"):
            for entry in listener.get(name) or []:
                wrong += [f"{name}.{key}" for key in entry if key in KEYS_WITH_CAPITALS]
        if wrong:
            yield Finding(
                f"{label} says {', '.join(wrong)}",
                "the cluster takes such a field for none, and client verification is off without an error",
                "ACK, AlbConfig reference",
                f"booleans without quotes, and the keys {', '.join(KEYS_WITH_CAPITALS.values())}",
            )


def is_https(args: Any) -> bool:
    """Whether this is an HTTPS listener of ALB."""
    return args.resource_type == LISTENER and args.props.get("listenerProtocol") == "HTTPS"


def listeners_of_cluster(args: Any) -> list[Mapping[str, Any]]:
    """The listeners that an AlbConfig, or an adoption of one, declares."""
    if args.resource_type == ALB_CONFIG:
        return list((args.props.get("spec") or {}).get("listeners") or [])
    return list(args.props.get("listeners") or []) if args.resource_type == ADOPTED_ALB_CONFIG else []


def _https_of_cluster(args: Any) -> list[Mapping[str, Any]]:
    return [one for one in listeners_of_cluster(args) if one.get("protocol") == "HTTPS"]


def _label(listener: Mapping[str, Any]) -> str:
    """The host hands every number over as a float."""
    return f"listener {int(listener.get('port') or 0)}/{listener.get('protocol')}"


def _old_tls(what: str) -> Finding:
    return Finding(
        what,
        "it may accept TLS 1.0 or 1.1",
        "ALB user guide, TLS security policies",
        f"one of {', '.join(sorted(TLS_1_2_OR_NEWER))}",
    )
