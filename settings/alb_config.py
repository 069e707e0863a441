"""The strict schema of an AlbConfig, as checks on a configuration's nodes [alibaba-cloud.md §4.2, §4.3, §6].

The cluster's own definition accepts anything: an unknown key is ignored, a wrong type fails inside the controller.
So every field is named here with its type, `certificateId` is not `CertificateId`, and "true" is not true.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from settings import forms
from settings.alb_config_values import (
    LOG_PROJECT,
    LOG_STORE,
    Field,
    choice,
    flag,
    integer,
    list_of,
    mapping,
    text,
    texts,
)
from settings.listener import MOST_ENTRIES, POLICIES, POLICIES_BELOW_12
from settings.load_balancer import EDITIONS, TAG_KEY, TAG_VALUE
from settings.reader import Node, Section

OLDEST_CONTROLLER = (2, 11, 0)
"""First version of the managed controller with mutual authentication [§4.4]."""
MOST_CERTIFICATES = 26
"""The default one and 25 for other hosts (SNI); a quota [§6]."""
MOST_LISTENERS = 50
"""Listeners of an ALB instance; a quota [§6]."""
FACTS = ("SubjectDN", "IssuerDN", "Fingerprint", "ClientVerify")
CA_PREFIX = "XForwardedForClientCert"
SERVER_ID = forms.server_certificate_id("")
DESCRIPTION = forms.pattern(r"[A-Za-z0-9][A-Za-z0-9/._-]{1,255}", "2 to 256 letters, digits, '/', '.', '_' or '-'")
UNPUBLISHED = "nothing: its fields are not published, so they cannot be checked"
QUIC_BESIDE_MUTUAL = (
    "nothing beside mutual authentication: QUIC has no client certificates, so HTTP/3 would lead past it"
)


@dataclass(frozen=True)
class Rules:
    """What depends on the stack: the controller's version, and whether TLS below 1.2 was accepted by its long name."""

    controller: tuple[int, ...] = OLDEST_CONTROLLER
    old_tls: bool = False


TAGS = list_of(
    mapping({"key": Field(text(TAG_KEY), required=True), "value": Field(text(TAG_VALUE))}), most=20, unique="key"
)


def check_config(node: Node, rules: Rules) -> None:
    """`spec.config`: the ALB instance."""
    mapping(_CONFIG, rules.controller)(node)


def check_listener(node: Node, rules: Rules) -> None:
    """One entry of `spec.listeners`."""
    mapping(_LISTENER, rules.controller, _REFUSED)(node)
    if not isinstance(node.value, Mapping):
        return
    section = Section(node, node.value)
    protocol = section["protocol"].value
    if protocol != "HTTPS":
        for key in ("certificates", "caEnabled", "caCertificates", "securityPolicyId", "http2Enabled", "quicConfig"):
            if key in section:
                section[key].refuse(f"nothing beside protocol {protocol}: only HTTPS listeners have it")
        return
    _check_tls_policy(section, rules)
    _check_client_verification(section)
    _check_default_certificate(section)


def check_listeners(node: Node, rules: Rules) -> None:
    """`spec.listeners`: each by itself, then ports, and QUIC beside mutual authentication."""
    list_of(lambda item: check_listener(item, rules), most=MOST_LISTENERS)(node)
    if not isinstance(node.value, list | tuple):
        return
    items = [
        Section(node.child(index, item), item) for index, item in enumerate(node.value) if isinstance(item, Mapping)
    ]
    _check_ports(items)
    if any(item["caEnabled"].value is True for item in items):
        for item in items:
            if item["protocol"].value == "QUIC":
                item["protocol"].refuse(QUIC_BESIDE_MUTUAL)


def listener_key(listener: Mapping[str, object]) -> str:
    """What tells one listener of an AlbConfig from another: `443/HTTPS`, as the status spells it."""
    return f"{listener.get('port')}/{listener.get('protocol')}"


def _check_ports(items: list[Section]) -> None:
    """One listener a port; QUIC is UDP and may share one with HTTPS."""
    taken: dict[tuple[str, bool], Section] = {}
    for item in items:
        key = (str(item["port"].value), item["protocol"].value == "QUIC")
        if "port" in item and key in taken:
            item["port"].refuse("a port and protocol of its own; another listener has this one")
        taken[key] = item


def _check_tls_policy(section: Section, rules: Rules) -> None:
    """The controller's default begins at TLS 1.0, so a policy has to be said."""
    if "securityPolicyId" not in section:
        section["securityPolicyId"].refuse(f"a policy said aloud, such as {POLICIES[0]}: the default begins at TLS 1.0")
    elif section["securityPolicyId"].value in POLICIES_BELOW_12 and not rules.old_tls:
        section["securityPolicyId"].refuse(f"TLS 1.2 or higher: {', '.join(POLICIES)}")


def _check_client_verification(section: Section) -> None:
    authorities, enabled = section["caCertificates"].value, section["caEnabled"].value
    if authorities is not None and enabled is None:
        section["caEnabled"].refuse("true or false beside caCertificates, which alone switch nothing on")
    if enabled is not True:
        return
    if not isinstance(authorities, list | tuple) or len(authorities) != 1:
        section["caCertificates"].refuse("exactly one CA with caEnabled: true; ALB has one slot a listener")
    if not section["certificates"].value:
        section["certificates"].refuse("a server certificate with caEnabled: true")
    if isinstance(quic := section["quicConfig"].value, Mapping) and quic.get("quicUpgradeEnabled"):
        section["quicConfig"].child("quicUpgradeEnabled", True).refuse(QUIC_BESIDE_MUTUAL)


def _check_default_certificate(section: Section) -> None:
    certificates = section["certificates"].value
    if not isinstance(certificates, list | tuple) or not certificates:
        return
    defaults = [item for item in certificates if isinstance(item, Mapping) and item.get("IsDefault") is True]
    if len(defaults) != 1:
        section["certificates"].refuse("exactly one entry with IsDefault: true", found=f"{len(defaults)} of them")


def _check_headers(node: Node) -> None:
    """Every enabled fact of a client certificate has a header of its own name, and no name is used twice."""
    _HEADERS(node)
    if not isinstance(node.value, Mapping):
        return
    section, names = Section(node, node.value), []
    for fact in FACTS:
        alias = section[f"{CA_PREFIX}{fact}Alias"]
        if section[f"{CA_PREFIX}{fact}Enabled"].value is True and alias.value is None:
            alias.refuse(f"a header name beside {CA_PREFIX}{fact}Enabled: true")
        if alias.value is not None and alias.value in names:
            alias.refuse("a header of its own for each fact")
        names.append(alias.value)


def _check_port(node: Node) -> None:
    """The controller takes numbers and texts of digits."""
    if isinstance(node.value, str) and node.value.isascii() and node.value.isdigit():
        node = Node(int(node.value[:9]), node.path, node.findings)
    node.integer(1, 65535, "a port")


def _check_zones(node: Node) -> None:
    list_of(mapping(_ZONE), least=2, most=10, unique="vSwitchId")(node)
    zones = [item.get("zoneId") for item in node.value or () if isinstance(item, Mapping)] if isinstance(
        node.value, list | tuple
    ) else []  # fmt: skip
    for index, zone in enumerate(zones):
        if zone is not None and zone in zones[:index]:
            node.child(index, None).child("zoneId", zone).refuse("one vSwitch a zone")


def _check_acl(node: Node) -> None:
    mapping(_ACL)(node)
    if isinstance(node.value, Mapping) and node.value.get("aclEntries") and node.value.get("aclIds"):
        node.refuse("aclEntries or aclIds", found="both")


_ZONE = {
    "vSwitchId": Field(text(forms.VSWITCH_ID), required=True),
    "zoneId": Field(text(forms.zone(""))),
    "allocationId": Field(text(forms.pattern(r"eip-[a-z0-9]+", "an EIP's allocation id (eip-…)"))),
    "eipType": Field(choice("Common", "Anycast")),
}
_CONFIG = {
    "id": Field(text(forms.LOAD_BALANCER_ID)),
    "name": Field(text(forms.pattern(r"[A-Za-z][A-Za-z0-9._-]{1,127}", "2 to 128 letters, digits, '.', '_' or '-'"))),
    "addressType": Field(choice("Internet", "Intranet")),
    "addressAllocatedMode": Field(choice("Dynamic", "Fixed")),
    "addressIpVersion": Field(choice("IPv4", "DualStack")),
    "ipv6AddressType": Field(choice("Intranet", "Internet")),
    "edition": Field(choice(*EDITIONS, hint="; the Basic edition has no mutual authentication")),
    "resourceGroupId": Field(text(forms.RESOURCE_GROUP_ID)),
    "zoneMappings": Field(_check_zones),
    "accessLogConfig": Field(
        mapping(
            {"logProject": Field(text(LOG_PROJECT), required=True), "logStore": Field(text(LOG_STORE), required=True)}
        )
    ),
    "billingConfig": Field(
        mapping(
            {
                "payType": Field(choice("PostPay")),
                "internetBandwidth": Field(integer(0, 10**6, "Mbit/s")),
                "internetChargeType": Field(choice("PayByTraffic", "PayByBandwidth", "PayByLcu")),
                "bandWidthPackageId": Field(text(forms.pattern(r"cbwp-[a-z0-9]+", "a bandwidth package (cbwp-…)"))),
            }
        )
    ),
    "deletionProtectionEnabled": Field(flag),
    "modificationProtectionConfig": Field(
        mapping({"status": Field(choice("NonProtection", "ConsoleProtection")), "reason": Field(text(DESCRIPTION))})
    ),
    "forceOverride": Field(flag),
    "listenerForceOverride": Field(flag),
    "tags": Field(TAGS),
}
_HEADERS = mapping(
    {
        **{f"{CA_PREFIX}{fact}Enabled": Field(flag) for fact in FACTS},
        **{f"{CA_PREFIX}{fact}Alias": Field(text(forms.HEADER)) for fact in FACTS},
        **{
            f"XForwardedFor{name}Enabled": Field(flag)
            for name in ("", "Proto", "SLBId", "SLBPort", "ClientSrcPort")
        },
        "XForwardedForProcessingMode": Field(choice("append", "remove"), since=(2, 15, 2)),
        "XForwardedForHostEnabled": Field(flag, since=(2, 15, 2)),
    }
)  # fmt: skip
_TRACING = {
    "tracingEnabled": Field(flag),
    "tracingSample": Field(integer(1, 10000, "requests of ten thousand")),
    "tracingType": Field(choice("Zipkin")),
}
_ACL = {
    "aclName": Field(text(forms.pattern(r"[A-Za-z0-9][A-Za-z0-9/._-]{1,127}", "a name of 2 to 128 characters"))),
    "aclType": Field(choice("White", "Black"), required=True),
    "aclEntries": Field(texts(forms.NETWORK, most=MOST_ENTRIES)),
    "aclIds": Field(texts(forms.pattern(r"acl-[a-z0-9]+", "an access control list (acl-…)"))),
}
_ACTION = {
    "actionType": Field(choice("FixedResponse", "Redirect", "ForwardGroup"), required=True),
    **{key: Field(lambda node: node.section(()) if not isinstance(node.value, Mapping) else None)
       for key in ("fixedResponseConfig", "redirectConfig", "forwardConfig")},
}  # fmt: skip
_LISTENER: dict[str, Field] = {
    "port": Field(_check_port, required=True),
    "protocol": Field(choice("HTTP", "HTTPS", "QUIC"), required=True),
    "description": Field(text(DESCRIPTION)),
    "certificates": Field(
        list_of(
            mapping({"CertificateId": Field(text(SERVER_ID), required=True), "IsDefault": Field(flag)}),
            most=MOST_CERTIFICATES,
            unique="CertificateId",
        )
    ),
    "caEnabled": Field(flag),
    "caCertificates": Field(list_of(mapping({"CertificateId": Field(text(forms.CA_ID), required=True)}), most=1)),
    "securityPolicyId": Field(choice(*POLICIES, *POLICIES_BELOW_12)),
    "idleTimeout": Field(integer(1, 600, "seconds")),
    "requestTimeout": Field(integer(1, 600, "seconds")),
    "gzipEnabled": Field(flag),
    "http2Enabled": Field(flag),
    "quicConfig": Field(
        mapping(
            {
                "quicUpgradeEnabled": Field(flag),
                "quicListenerId": Field(text(forms.pattern(r"lsn-[a-z0-9]+", "a listener id (lsn-…)"))),
            }
        )
    ),
    "xForwardedForConfig": Field(_check_headers),
    "logConfig": Field(
        mapping(
            {"accessLogRecordCustomizedHeadersEnabled": Field(flag), "accessLogTracingConfig": Field(mapping(_TRACING))}
        )
    ),
    "aclConfig": Field(_check_acl),
    "defaultActions": Field(list_of(mapping(_ACTION), most=1)),
    "loadBalancerId": Field(text(forms.LOAD_BALANCER_ID)),
    "tags": Field(TAGS, since=(2, 16)),
}
_REFUSED = {"defaultCertificate": UNPUBLISHED, "aScriptConfig": UNPUBLISHED, "AScriptConfig": UNPUBLISHED}
