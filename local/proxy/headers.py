"""Headers that a listener adds to requests, and the copies of them that clients may not send.

Envoy removes before it adds, and treats the listener's list after a rule's: what is set here wins.
Assumed, for the vendor does not say: SUCCESS / NONE as the verification result and RFC 2253 order of the distinguished
names. The fingerprint's form, and whether copies that clients send are removed, are behaviours.
"""

from local.behaviours import FINGERPRINT, FORGED_HEADERS
from local.proxy import cookies
from local.proxy.protobuf import Json
from local.proxy.scope import Scope

CLIENT_CERTIFICATE_HEADERS = {
    "SubjectDN": ("x-forwarded-clientcert-subjectdn", "%DOWNSTREAM_PEER_SUBJECT%"),
    "IssuerDN": ("x-forwarded-clientcert-issuerdn", "%DOWNSTREAM_PEER_ISSUER%"),
    "Fingerprint": ("x-forwarded-clientcert-fingerprint", "%DOWNSTREAM_PEER_FINGERPRINT_256%"),
    "ClientVerify": ("x-forwarded-clientcert-clientverify", "SUCCESS"),
}
"""Switch `XForwardedForClientCert<key>Enabled`: its standard header and Envoy's formatter (alibaba-cloud.md §1.3)."""

ENVOYS_OWN = "x-envoy-external-address"
CLIENT_ADDRESS = "%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%"


def header(name: str, value: str) -> Json:
    """A header that replaces what is there; `value` is an Envoy format string."""
    return {"header": {"key": name, "value": value}, "append_action": "OVERWRITE_IF_EXISTS_OR_ADD"}


def literal(value: str) -> str:
    """A value in which nothing is a format operator."""
    return value.replace("%", "%%")


def inserted(scope: Scope, config: Json) -> Json:
    """What a rule sets. Kinds of values: UserDefined (literal), ReferenceHeader (a header of the request), SystemDefined."""
    value, kind = str(config.get("Value") or ""), config.get("ValueType") or "UserDefined"
    if kind == "ReferenceHeader":
        return header(config["Key"], f"%REQ({value})%")
    if kind == "SystemDefined":
        return header(config["Key"], _of_system(scope).get(value, ""))
    return header(config["Key"], literal(value))


def _of_system(scope: Scope) -> dict[str, str]:
    return {"ClientSrcPort": "%DOWNSTREAM_REMOTE_PORT%", "ClientSrcIp": CLIENT_ADDRESS} | of_listener(scope)


def of_listener(scope: Scope) -> dict[str, str]:
    """Values of kind SystemDefined that are the same for all requests to a listener."""
    return {
        "Protocol": scope.scheme.upper(),
        "SLBId": str(scope.listener["LoadBalancerId"]),
        "SLBPort": str(scope.listener["ListenerPort"]),
    }


def request_headers(scope: Scope) -> Json:
    """`request_headers_to_add` and `request_headers_to_remove` of the listener's route configuration."""
    config = scope.listener.get("XForwardedForConfig") or {}
    replaced = _client_certificate(scope, config) + _connection(scope, config)
    removed = {*_reserved(scope, config), ENVOYS_OWN, cookies.HEADER, *(item["header"]["key"] for item in replaced)}
    if not config.get("XForwardedForProtoEnabled"):
        removed.add("x-forwarded-proto")
    if config.get("XForwardedForProcessingMode") == "remove":
        removed.add("x-forwarded-for")
    return {"request_headers_to_add": replaced + _client_address(config), "request_headers_to_remove": sorted(removed)}


def _alias(config: Json, switch: str) -> str:
    return str(config.get(f"XForwardedForClientCert{switch}Alias") or "").lower()


def _reserved(scope: Scope, config: Json) -> list[str]:
    """Standard names and aliases, enabled or not: no client may set what a backend reads as proof."""
    if scope.inventory.behaviours.is_(FORGED_HEADERS, "passed"):
        return []  # those that the listener sets are removed anyway
    standard = [name for name, _ in CLIENT_CERTIFICATE_HEADERS.values()]
    return standard + [alias for switch in CLIENT_CERTIFICATE_HEADERS if (alias := _alias(config, switch))]


def _client_certificate(scope: Scope, config: Json) -> list[Json]:
    """The enabled ones of the four; without client verification only the result, NONE, has a value."""
    if scope.scheme != "https":
        return []
    rendered = []
    for switch, (name, value) in CLIENT_CERTIFICATE_HEADERS.items():
        if config.get(f"XForwardedForClientCert{switch}Enabled"):
            shown = value if scope.mutual_authentication else value.replace("SUCCESS", "NONE")
            if scope.inventory.behaviours.is_(FINGERPRINT, "sha1"):
                shown = shown.replace("FINGERPRINT_256", "FINGERPRINT_1")
            rendered.append(header(_alias(config, switch) or name, shown))
    return rendered


def _connection(scope: Scope, config: Json) -> list[Json]:
    """The remaining switches: what the listener knows of the connection and of itself."""
    switches = {
        "XForwardedForHostEnabled": ("x-forwarded-host", "%REQ(:AUTHORITY)%"),
        "XForwardedForSLBPortEnabled": ("x-forwarded-port", str(scope.listener["ListenerPort"])),
        "XForwardedForSLBIdEnabled": ("slb-id", str(scope.listener["LoadBalancerId"])),
        "XForwardedForClientSrcPortEnabled": ("x-forwarded-client-srcport", "%DOWNSTREAM_REMOTE_PORT%"),
    }
    return [header(name, value) for switch, (name, value) in switches.items() if config.get(switch)]


def _client_address(config: Json) -> list[Json]:
    """X-Forwarded-For, on unless switched off. Envoy's own appending would name another address for loopback clients."""
    if config.get("XForwardedForEnabled") is False or config.get("XForwardedForProcessingMode") == "remove":
        return []
    return [{"header": {"key": "x-forwarded-for", "value": CLIENT_ADDRESS}, "append_action": "APPEND_IF_EXISTS_OR_ADD"}]


def connection_manager() -> Json:
    """Fields of the HTTP connection manager: the client is the other end of the connection, nobody else."""
    return {"use_remote_address": True, "skip_xff_append": True, "generate_request_id": False}
