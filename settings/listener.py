"""`mtlsedge:listener`: the HTTPS listener, which demands a client certificate, and the rules on it."""

from collections.abc import Mapping
from dataclasses import dataclass

from mtlsedge_components import forms
from mtlsedge_components.alb_limits import (
    MOST_ENTRIES,
    MOST_RULES,
    POLICIES,
    POLICIES_BELOW_12,
)
from mtlsedge_components.reading.declared import Choice, Entries, Flag, OneOfKinds, Shape, Text, Texts, Whole, setting
from mtlsedge_components.reading.nodes import Node, Section
from settings.files import Files
from settings.rules import RULE, ForwardingRule, read_rule
from settings.scripts import SCRIPT, Script, read_scripts

QUIC = "nothing: QUIC has no client certificates, so HTTP/3 would lead past mutual TLS"
REFUSED = dict.fromkeys(("quic", "quicConfig", "quicUpgrade", "quicUpgradeEnabled", "quicListenerId", "http3"), QUIC)
ACCEPT_OLD_TLS = "accept-tls-1.0-for-old-clients"
ALLOW_FORWARDING = "allow-http-forwarding-past-mutual-tls"
OFF_FOR_MIGRATION = "off-for-migration"
OUR_DESCRIPTION = "mtlsedge"
"""Stands beside the networks of a list in the cloud."""


@dataclass(frozen=True)
class ClientCertificateHeaders:
    """Request headers that carry facts of the client certificate; an empty name sends none."""

    subject: str = setting(Text(forms.HEADER), "the client's subject", "ALB", default="", allowed="a header name")
    issuer: str = setting(Text(forms.HEADER), "its issuer", "ALB", default="", allowed="a header name")
    fingerprint: str = setting(Text(forms.HEADER), "its fingerprint", "ALB", default="", allowed="a header name")
    verification: str = setting(Text(forms.HEADER), "the verdict", "ALB", default="", allowed="a header name")


@dataclass(frozen=True)
class ForwardedHeaders:
    """Which headers about the connection servers get, in ALB's own names without their prefix; None is not said."""

    enabled: bool | None = setting(
        Flag(), "the client's address, in `x-forwarded-for`", "ALB", default=None, shown="`true`"
    )
    processing_mode: str | None = setting(
        Choice(("append", "remove")), "what becomes of an `x-forwarded-for` that the client sent", "ALB", default=None,
        shown="`append`",
    )  # fmt: skip
    proto_enabled: bool | None = setting(
        Flag(), "the listener's protocol, in `x-forwarded-proto`", "ALB", default=None, shown="`false`"
    )
    host_enabled: bool | None = setting(
        Flag(), "the host asked for, in `x-forwarded-host`", "ALB", default=None, shown="`false`"
    )
    slb_id_enabled: bool | None = setting(
        Flag(), "the load balancer's id, in `slb-id`", "ALB", default=None, shown="`false`"
    )
    slb_port_enabled: bool | None = setting(
        Flag(), "the listener's port, in `x-forwarded-port`", "ALB", default=None, shown="`false`"
    )
    client_src_port_enabled: bool | None = setting(
        Flag(), "the client's port, in `x-forwarded-client-srcport`", "ALB", default=None, shown="`false`"
    )


CLIENT_SOURCE_IPS = "nothing: it decides which address counts as the client's, and with it what allowFrom lets in"


@dataclass(frozen=True)
class AccessLogTracing:
    """Traces of requests, beside the access log of the load balancer."""

    enabled: bool = setting(Flag(), "whether requests are traced", "ALB", default=True)
    sample: int = setting(Whole(1, 10000, "requests of ten thousand"), "how many are traced", "ALB", default=10000)
    type: str = setting(Choice(("Zipkin",)), "kind of traces", "provider", default="Zipkin")


FORWARDED_HEADERS = Shape.of(
    ForwardedHeaders, refused=dict.fromkeys(("clientSourceIpsEnabled", "clientSourceIpsTrusted"), CLIENT_SOURCE_IPS)
)
TRACING = Shape.of(AccessLogTracing)
HEADERS = Shape.of(ClientCertificateHeaders)


@dataclass(frozen=True)
class Listener:
    """The HTTPS listener; it demands a client certificate unless its long-named setting says otherwise."""

    default: str = setting(
        Text(forms.NAME), "group of what no rule takes", "ALB", allowed="a `<name>` of `serverGroups`"
    )
    port: int = setting(Whole(1, 65535, "a port"), "where it listens", "ALB", default=443)
    tls_policy: str = setting(
        Choice((*POLICIES, *POLICIES_BELOW_12)),
        "TLS versions and ciphers; the API's own default begins at TLS 1.0", "ALB", default=POLICIES[0],
        allowed=", ".join(f"`{policy}`" for policy in POLICIES) + "; lower ones beside `tlsPolicyBelow12`",
    )  # fmt: skip
    tls_policy_below_12: str = setting(
        Choice((ACCEPT_OLD_TLS,)), "old TLS versions; makes the stack weaker", "ours", default="", key="tlsPolicyBelow12",
        allowed=f"`{ACCEPT_OLD_TLS}`, beside a `listener.tlsPolicy` of `{POLICIES_BELOW_12[0]}` or `{POLICIES_BELOW_12[1]}`",
    )  # fmt: skip
    redirect_http: bool = setting(
        Flag(), "an HTTP listener that only redirects ([how](../decisions/0004-empty-group-behind-http.md))", "ours",
        default=True,
    )  # fmt: skip
    http_port: int = setting(
        Whole(1, 65535, "a port"), "port of that listener", "ALB", default=80,
        allowed="1 to 65535, another than `listener.port`",
    )  # fmt: skip
    allow_http_forwarding_past_mutual_tls: bool = setting(
        Choice((ALLOW_FORWARDING,)), "port 80 serves content, without any certificate; makes the stack weaker", "ours",
        default=False, shown="none", key="httpForwarding",
        allowed=f"`{ALLOW_FORWARDING}`, beside `redirectHttp: false` and a default group of `HTTP`",
    )  # fmt: skip
    forward_client_certificate: ClientCertificateHeaders = setting(
        HEADERS, "request headers that tell the servers who the client is", "ALB", default=ClientCertificateHeaders(),
        shown="none is sent", allowed="header names, each once: 1 to 40 lower-case letters, digits, `-`, `_`",
    )  # fmt: skip
    client_verification_off_for_migration: bool = setting(
        Choice(("required", OFF_FOR_MIGRATION)),
        "off: clients need no certificate; makes the stack weaker. The CA stays on the listener, so that it can be switched on again",
        "ours", default=False, shown="`required`", key="clientVerification",
    )  # fmt: skip
    rules: dict[str, ForwardingRule] = setting(
        Entries(forms.NAME, RULE, most=MOST_RULES), "requests that go elsewhere", "ALB quota", default={},
        allowed=f"at most {MOST_RULES - 1} beside the redirect, {MOST_RULES} without",
    )  # fmt: skip
    scripts: dict[str, Script] = setting(
        Entries(forms.NAME, SCRIPT), "programs that the load balancer runs on requests and answers (AScript);"
        " [what a preview and the local cloud make of them](#scripts)", "ALB", default={},
    )  # fmt: skip
    allow_from: Mapping[str, str] = setting(
        OneOfKinds(
            (Texts(forms.NETWORK), Entries(forms.NETWORK, Text(forms.DESCRIPTION), most=MOST_ENTRIES)),
            "list of CIDR, or mapping from CIDR to a description",
            f"at most {MOST_ENTRIES} IPv4 blocks without host bits",
        ),
        "networks that may connect at all", "ALB quota", default={}, shown="everybody, with a certificate",
    )  # fmt: skip
    idle_timeout: int = setting(
        Whole(1, 600, "seconds"), "how long an idle connection stays open", "provider", default=15
    )
    request_timeout: int = setting(
        Whole(1, 600, "seconds"), "how long a server may take to answer", "provider", default=60
    )
    gzip_enabled: bool | None = setting(
        Flag(), "answers are compressed where the client takes it", "ALB", default=None, shown="ALB's: `true`"
    )
    http2_enabled: bool | None = setting(Flag(), "clients may speak HTTP/2", "ALB", default=None, shown="ALB's: `true`")
    x_forwarded_for: ForwardedHeaders = setting(
        FORWARDED_HEADERS, "headers that tell the servers of the connection", "ALB", default=ForwardedHeaders(),
        shown="the next ones",
    )  # fmt: skip
    access_log_tracing: AccessLogTracing | None = setting(
        TRACING, "traces, beside the access log", "ALB", default=None,
        allowed="only with `loadBalancer.accessLog`, or `loadBalancer.id`",
    )  # fmt: skip

    @property
    def has_http(self) -> bool:
        """Whether plain HTTP has a listener beside it."""
        return self.redirect_http or self.allow_http_forwarding_past_mutual_tls

    @property
    def ports(self) -> list[int]:
        """The ports of the load balancer that it takes, with the one of plain HTTP."""
        return [self.port, *([self.http_port] if self.has_http else [])]


LISTENER = Shape.of(Listener, refused=REFUSED)
SHARED = LISTENER.without(
    "default", "httpForwarding", "rules", "scripts", "gzipEnabled", "http2Enabled", "xForwardedFor", "accessLogTracing"
)
"""A cluster's listener: where its requests go is said by Ingresses, and `fields` says the rest in the cluster's words."""


def read_listener(node: Node, files: Files) -> Listener | None:
    """The listener, or None when absent; `files` are those that it may name."""
    if node.value is None:
        return None
    section = LISTENER.section(node)
    made = _read(
        LISTENER,
        section,
        rules=_read_rules(section),
        scripts=read_scripts(section, files),
        allow_http_forwarding_past_mutual_tls=_forwards(section),
    )
    _check_proof(section["rules"], made)
    return made


def read_additional(shape: Shape, section: Section, files: Files) -> Listener:
    """A listener beside the first: `shape` is that of a listener without plain HTTP."""
    made = _read(
        shape,
        section,
        rules=_read_rules(section),
        scripts=read_scripts(section, files),
        redirect_http=False,
        allow_http_forwarding_past_mutual_tls=False,
    )
    _check_proof(section["rules"], made)
    return made


def read_shared(section: Section) -> Listener:
    """What the listeners of both entry points have in common: all but where requests go."""
    return _read(SHARED, section, default="")


def read_shared_additional(shape: Shape, section: Section) -> Listener:
    """The same of a listener beside the first."""
    return _read(shape, section, default="", redirect_http=False)


def _read(shape: Shape, section: Section, **given: object) -> Listener:
    policy, accepted = _read_tls_policy(section)
    made: Listener = shape.make(
        section,
        tls_policy=policy,
        tls_policy_below_12=accepted,
        forward_client_certificate=_read_headers(section["forwardClientCertificate"]),
        client_verification_off_for_migration=_is_off(section),
        allow_from=_read_allow_from(section),
        **given,
    )
    return made


def _read_tls_policy(section: Section) -> tuple[str, str]:
    """TLS 1.2 or higher; the API's own default begins at TLS 1.0. Lower ones need a word that says so."""
    accepted = LISTENER.value(section, "tlsPolicyBelow12")
    allowed = POLICIES + (POLICIES_BELOW_12 if accepted else ())
    hint = "" if accepted else f"; a lower one only beside tlsPolicyBelow12: {ACCEPT_OLD_TLS}"
    policy = section.choice("tlsPolicy", allowed, default=Listener.tls_policy, hint=hint)
    if accepted and policy in POLICIES:
        section["tlsPolicyBelow12"].refuse(f"nothing beside {policy}, which needs no such permission")
    if accepted:
        section.node.findings.weaken(section["tlsPolicyBelow12"].path, "clients may use TLS 1.0 or 1.1")
    return policy, accepted


def _is_off(section: Section) -> bool:
    """Whether client verification is off. The CA stays on the listener, so that it can be switched on again."""
    is_off = LISTENER.value(section, "clientVerification") == OFF_FOR_MIGRATION
    if is_off:
        section.node.findings.weaken(section["clientVerification"].path, "clients need no certificate")
    return is_off


def _forwards(section: Section) -> bool:
    """Whether the HTTP listener serves content. Then it cannot redirect, and `redirectHttp: false` says so."""
    if not LISTENER.value(section, "httpForwarding"):
        return False
    if section["redirectHttp"].value is not False:
        section["httpForwarding"].refuse("nothing, unless redirectHttp is false")
    section.node.findings.weaken(section["httpForwarding"].path, "plain HTTP reaches the servers without a certificate")
    return True


def _read_headers(node: Node) -> ClientCertificateHeaders:
    if node.value is None:
        return ClientCertificateHeaders()
    section = HEADERS.section(node)
    names = {fact: HEADERS.value(section, fact) for fact in HEADERS.keys}
    for position, fact in enumerate(HEADERS.keys):
        if names[fact] and names[fact] in [names[other] for other in HEADERS.keys[:position]]:
            section[fact].refuse("a header of its own for each fact")
    return ClientCertificateHeaders(**names)


def _read_allow_from(section: Section) -> dict[str, str]:
    """Networks, as a list or with a description each, which two networks may share."""
    node = section["allowFrom"]
    if isinstance(node.value, Mapping):
        networks = {cidr: child.text(forms.DESCRIPTION) for cidr, child in node.entries(forms.NETWORK)}
    else:
        networks = dict.fromkeys(section.texts("allowFrom", forms.NETWORK), OUR_DESCRIPTION)
    if len(networks) > MOST_ENTRIES:
        node.refuse(f"at most {MOST_ENTRIES} CIDR blocks", found=f"{len(networks)} entries")
    return networks


def _read_rules(listener: Section) -> dict[str, ForwardingRule]:
    """The rules by name; priorities are unique, as two rules with one would race."""
    rules: dict[str, ForwardingRule] = {}
    for name, node in listener.entries("rules", forms.NAME):
        rule = read_rule(name, node)
        others = [other.name for other in rules.values() if other.priority == rule.priority]
        if others:
            node.child("priority", rule.priority).refuse(f"a priority of its own; rule {others[0]} has this one")
        rules[name] = rule
    _check_count(listener, len(rules))
    return rules


def _check_proof(rules: Node, listener: Listener) -> None:
    """What tells the servers who the client is, no rule writes or takes away."""
    headers = listener.forward_client_certificate
    proof = {headers.subject, headers.issuer, headers.fingerprint, headers.verification}
    allowed = "another header: with this one forwardClientCertificate tells the servers who the client is"
    for name, rule in listener.rules.items():
        for header in sorted(proof & set(rule.insert_headers)):
            rules.at(name, "insertHeaders", header).refuse(allowed, found=f"the key {header!r}")
        for place, header in enumerate(rule.remove_headers):
            if header in proof:
                rules.at(name, "removeHeaders").child(place, header).refuse(allowed)


def _check_count(listener: Section, count: int) -> None:
    redirects = 0 if listener["redirectHttp"].value is False else 1
    if count + redirects > MOST_RULES:
        beside = ", beside the one that redirects HTTP" if redirects else ""
        listener["rules"].refuse(f"at most {MOST_RULES - redirects} rules{beside}", found=f"{count} rules")
