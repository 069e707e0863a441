"""The strict schema of an AlbConfig, as checks on a configuration's nodes [alibaba-cloud.md §4.2, §4.3, §6].

The cluster's own definition accepts anything: an unknown key is ignored, a wrong type fails inside the controller.
So every field is named here with its type, `certificateId` is not `CertificateId`, and "true" is not true.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from mtlsedge_components import forms
from mtlsedge_components.alb_limits import (
    EDITIONS,
    FEWEST_ZONES,
    MOST_ENTRIES,
    MOST_ZONES,
    OF_ONE_ZONE,
    POLICIES,
    POLICIES_BELOW_12,
    TAG_KEY,
    TAG_VALUE,
)
from mtlsedge_components.kubernetes.alb_config_words import AnyMapping, By, Field, Fields, ListOf, TextsOf
from mtlsedge_components.reading.declared import Choice, Flag, Text, Whole
from mtlsedge_components.reading.nodes import Node, Section
from mtlsedge_components.reading.problems import Findings, Problem

API_VERSION = "alibabacloud.com/v1"
KIND = "AlbConfig"
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


TAGS = ListOf(
    Fields({"key": Field(Text(TAG_KEY), required=True), "value": Field(Text(TAG_VALUE))}), most=20, unique="key"
)


def problems(document: object, rules: Rules | None = None) -> list[Problem]:
    """What is wrong with an AlbConfig; an empty list says that the controller can be given it."""
    rules = rules or Rules()
    findings = Findings({KIND: document}, ())
    root = Node(document, (KIND,), findings).section(("apiVersion", "kind", "metadata", "spec", "status"))
    root.choice("apiVersion", (API_VERSION,))
    root.choice("kind", (KIND,))
    spec = root["spec"].section(("config", "listeners"))
    check_config(spec["config"], rules) if "config" in spec else spec["config"].refuse("a value: it is required")
    if "listeners" in spec:
        check_listeners(spec["listeners"], rules)
    _check_logging(spec)
    return findings.problems()


def listener_problems(listeners: object, rules: Rules | None = None) -> list[Problem]:
    """What is wrong with a list of listeners by itself."""
    findings = Findings({"listeners": listeners}, ())
    check_listeners(Node(listeners, ("listeners",), findings), rules or Rules())
    return findings.problems()


def check_config(node: Node, rules: Rules) -> None:
    """`spec.config`: the ALB instance."""
    CONFIG.read(node, rules.controller)


def check_listener(node: Node, rules: Rules) -> None:
    """One entry of `spec.listeners`."""
    LISTENER.read(node, rules.controller)
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
    ListOf(By(lambda item: check_listener(item, rules), LISTENER), most=MOST_LISTENERS).read(node)
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


def _check_logging(spec: Section) -> None:
    """A listener's log settings need an access log to go to."""
    listeners = spec["listeners"].value
    if spec["config"].at("accessLogConfig").value is not None or not isinstance(listeners, list | tuple):
        return
    for index, listener in enumerate(listeners):
        node = spec["listeners"].child(index, listener).at("logConfig")
        if node.value is not None:
            node.refuse("nothing without config.accessLogConfig")


def _check_headers(node: Node) -> None:
    """Every enabled fact of a client certificate has a header of its own name, and no name is used twice."""
    _HEADERS.read(node)
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
    _ZONES.read(node)
    zones = [item.get("zoneId") for item in node.value or () if isinstance(item, Mapping)] if isinstance(
        node.value, list | tuple
    ) else []  # fmt: skip
    listed = len(node.value) if isinstance(node.value, list | tuple) else FEWEST_ZONES
    if listed < FEWEST_ZONES and not any(str(zone).startswith(OF_ONE_ZONE) for zone in zones):
        node.refuse(f"{FEWEST_ZONES} to {MOST_ZONES} entries", found=f"{listed} of them")
    for index, zone in enumerate(zones):
        if zone is not None and zone in zones[:index]:
            node.child(index, None).child("zoneId", zone).refuse("one vSwitch a zone")


def _check_acl(node: Node) -> None:
    _ACL.read(node)
    if isinstance(node.value, Mapping) and node.value.get("aclEntries") and node.value.get("aclIds"):
        node.refuse("aclEntries or aclIds", found="both")


_ZONE = Fields(
    {
        "vSwitchId": Field(Text(forms.VSWITCH_ID), required=True),
        "zoneId": Field(Text(forms.zone(""))),
        "allocationId": Field(Text(forms.pattern(r"eip-[a-z0-9]+", "an EIP's allocation id (eip-…)"))),
        "eipType": Field(Choice(("Common", "Anycast"))),
    }
)
_ZONES = ListOf(_ZONE, least=0, most=MOST_ZONES, unique="vSwitchId")
_CONFIG = {
    "id": Field(Text(forms.LOAD_BALANCER_ID)),
    "name": Field(Text(forms.pattern(r"[A-Za-z][A-Za-z0-9._-]{1,127}", "2 to 128 letters, digits, '.', '_' or '-'"))),
    "addressType": Field(Choice(("Internet", "Intranet"))),
    "addressAllocatedMode": Field(Choice(("Dynamic", "Fixed"))),
    "addressIpVersion": Field(Choice(("IPv4", "DualStack"))),
    "ipv6AddressType": Field(Choice(("Intranet", "Internet"))),
    "edition": Field(Choice(EDITIONS, hint="; the Basic edition has no mutual authentication")),
    "resourceGroupId": Field(Text(forms.RESOURCE_GROUP_ID)),
    "zoneMappings": Field(By(_check_zones, _ZONES)),
    "accessLogConfig": Field(
        Fields(
            {
                "logProject": Field(Text(forms.LOG_PROJECT), required=True),
                "logStore": Field(Text(forms.CLUSTER_LOG_STORE), required=True),
            }
        )
    ),
    "billingConfig": Field(
        Fields(
            {
                "payType": Field(Choice(("PostPay",))),
                "internetBandwidth": Field(Whole(0, 10**6, "Mbit/s")),
                "internetChargeType": Field(Choice(("PayByTraffic", "PayByBandwidth", "PayByLcu"))),
                "bandWidthPackageId": Field(Text(forms.BANDWIDTH_PACKAGE_ID)),
            }
        )
    ),
    "deletionProtectionEnabled": Field(Flag()),
    "modificationProtectionConfig": Field(
        Fields({"status": Field(Choice(("NonProtection", "ConsoleProtection"))), "reason": Field(Text(DESCRIPTION))})
    ),
    "forceOverride": Field(Flag()),
    "listenerForceOverride": Field(Flag()),
    "tags": Field(TAGS),
}
_HEADERS = Fields(
    {
        **{f"{CA_PREFIX}{fact}Enabled": Field(Flag()) for fact in FACTS},
        **{f"{CA_PREFIX}{fact}Alias": Field(Text(forms.HEADER)) for fact in FACTS},
        **{
            f"XForwardedFor{name}Enabled": Field(Flag())
            for name in ("", "Proto", "SLBId", "SLBPort", "ClientSrcPort")
        },
        "XForwardedForProcessingMode": Field(Choice(("append", "remove")), since=(2, 15, 2)),
        "XForwardedForHostEnabled": Field(Flag(), since=(2, 15, 2)),
    }
)  # fmt: skip
_TRACING = {
    "tracingEnabled": Field(Flag()),
    "tracingSample": Field(Whole(1, 10000, "requests of ten thousand")),
    "tracingType": Field(Choice(("Zipkin",))),
}
_ACL = Fields(
    {
        "aclName": Field(Text(forms.pattern(r"[A-Za-z0-9][A-Za-z0-9/._-]{1,127}", "a name of 2 to 128 characters"))),
        "aclType": Field(Choice(("White", "Black")), required=True),
        "aclEntries": Field(TextsOf(forms.NETWORK, most=MOST_ENTRIES)),
        "aclIds": Field(TextsOf(forms.pattern(r"acl-[a-z0-9]+", "an access control list (acl-…)"))),
    }
)
_ACTION = {
    "actionType": Field(Choice(("FixedResponse", "Redirect", "ForwardGroup")), required=True),
    **{key: Field(AnyMapping()) for key in ("fixedResponseConfig", "redirectConfig", "forwardConfig")},
}  # fmt: skip
_LISTENER: dict[str, Field] = {
    "port": Field(By(_check_port, Whole(1, 65535, "a port")), required=True),
    "protocol": Field(Choice(("HTTP", "HTTPS", "QUIC")), required=True),
    "description": Field(Text(DESCRIPTION)),
    "certificates": Field(
        ListOf(
            Fields({"CertificateId": Field(Text(SERVER_ID), required=True), "IsDefault": Field(Flag())}),
            most=MOST_CERTIFICATES,
            unique="CertificateId",
        )
    ),
    "caEnabled": Field(Flag()),
    "caCertificates": Field(ListOf(Fields({"CertificateId": Field(Text(forms.CA_ID), required=True)}), most=1)),
    "securityPolicyId": Field(Choice((*POLICIES, *POLICIES_BELOW_12))),
    "idleTimeout": Field(Whole(1, 600, "seconds")),
    "requestTimeout": Field(Whole(1, 600, "seconds")),
    "gzipEnabled": Field(Flag()),
    "http2Enabled": Field(Flag()),
    "quicConfig": Field(
        Fields(
            {
                "quicUpgradeEnabled": Field(Flag()),
                "quicListenerId": Field(Text(forms.pattern(r"lsn-[a-z0-9]+", "a listener id (lsn-…)"))),
            }
        )
    ),
    "xForwardedForConfig": Field(By(_check_headers, _HEADERS)),
    "logConfig": Field(
        Fields(
            {
                "accessLogRecordCustomizedHeadersEnabled": Field(Flag()),
                "accessLogTracingConfig": Field(Fields(_TRACING)),
            }
        )
    ),
    "aclConfig": Field(By(_check_acl, _ACL)),
    "defaultActions": Field(ListOf(Fields(_ACTION), most=1)),
    "loadBalancerId": Field(Text(forms.LOAD_BALANCER_ID)),
    "tags": Field(TAGS, since=(2, 16)),
}
CONFIG = Fields(_CONFIG)
"""`spec.config`."""
LISTENER = Fields(
    _LISTENER, {"defaultCertificate": UNPUBLISHED, "aScriptConfig": UNPUBLISHED, "AScriptConfig": UNPUBLISHED}
)
"""One entry of `spec.listeners`."""
OWN_FIELDS = (
    "port", "protocol", "description", "certificates", "caEnabled", "caCertificates", "securityPolicyId", "idleTimeout",
    "requestTimeout", "aclConfig",
)  # fmt: skip
"""Fields of an AlbConfig's listener that have settings of their own."""
FIELDS = Fields(
    {key: one for key, one in _LISTENER.items() if key not in (*OWN_FIELDS, "quicConfig", "xForwardedForConfig")}
    | {
        "xForwardedForConfig": Field(
            Fields({key: one for key, one in _HEADERS.fields.items() if not key.startswith(CA_PREFIX)})
        )
    }
)
"""What a stack file may say of a listener in the cluster's spelling, beside its own settings."""
