"""`mtlsedge:listener`: the HTTPS listener, which demands a client certificate, and the rules on it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from mtlsedge_components import forms
from mtlsedge_components.alb_limits import (
    MOST_CONDITIONS,
    MOST_ENTRIES,
    MOST_GROUPS,
    MOST_RULES,
    POLICIES,
    POLICIES_BELOW_12,
)
from mtlsedge_components.reading.declared import Choice, Entries, Flag, OneOfKinds, Shape, Text, Texts, Whole, setting
from mtlsedge_components.reading.nodes import Node, Section

QUIC = "nothing: QUIC has no client certificates, so HTTP/3 would lead past mutual TLS"
REFUSED = dict.fromkeys(("quic", "quicConfig", "quicUpgrade", "quicUpgradeEnabled", "quicListenerId", "http3"), QUIC)
ACCEPT_OLD_TLS = "accept-tls-1.0-for-old-clients"
ALLOW_FORWARDING = "allow-http-forwarding-past-mutual-tls"
OFF_FOR_MIGRATION = "off-for-migration"
REDIRECT_CODES = (301, 302, 303, 307, 308)
CONTENT_TYPES = ("text/plain", "text/css", "text/html", "application/javascript", "application/json")
ACTIONS = ("serverGroup", "serverGroups", "redirect", "fixedResponse")
CONDITIONS = ("hosts", "paths", "methods", "headers", "cookies", "query", "sourceIps")
OUR_DESCRIPTION = "mtlsedge"
"""Stands beside the networks of a list in the cloud."""


@dataclass(frozen=True)
class FixedResponse:
    """An answer of the load balancer itself; no server is asked."""

    code: int = setting(Whole(200, 599, "an HTTP status"), "HTTP status", "ALB", allowed="200 to 599, not 3xx")
    content: str = setting(
        Text(forms.RESPONSE), "the answer's text", "ALB", default="", allowed="at most 1,024 bytes of ASCII"
    )
    content_type: str = setting(
        Choice(CONTENT_TYPES),
        "kind of the text", "ALB", default="text/plain",
    )  # fmt: skip


@dataclass(frozen=True)
class Redirect:
    """Where a client is sent, over HTTPS; what is not said stays as the client asked. `${host}`, `${path}` and `${query}`
    stand for what it asked.
    """

    host: str = setting(
        Text(forms.REDIRECT_HOST), "host", "ALB", default="${host}", allowed="a host name, or `${host}`"
    )
    path: str = setting(
        Text(forms.REDIRECT_PATH), "path", "ALB", default="${path}",
        allowed="1 to 128 characters that begin with `/` or `${path}`",
    )  # fmt: skip
    query: str = setting(
        Text(forms.REDIRECT_QUERY), "query", "ALB", default="${query}", allowed="at most 128 characters, without `?`"
    )
    port: int = setting(
        Whole(0, 65535, "a port (0 is the listener's)"), "port", "ALB", default=0, shown="the listener's"
    )
    code: int = setting(
        Whole(301, 308, "an HTTP status"),
        "HTTP status",
        "ALB",
        default=301,
        allowed=", ".join(map(str, REDIRECT_CODES)),
    )


FIXED_RESPONSE = Shape.of(FixedResponse)
REDIRECT = Shape.of(Redirect, any_of=("host", "path", "query", "port"))


@dataclass(frozen=True)
class ForwardingRule:
    """What becomes of requests that meet all of its conditions; lower priority numbers win."""

    name: str
    server_group: str = setting(
        Text(forms.NAME), "where they go", "ALB", optional=True,
        shown="one of it, `serverGroups`, `redirect`, `fixedResponse`", allowed="a `<name>` of `serverGroups`",
    )  # fmt: skip
    priority: int = setting(Whole(1, 10000, "a number"), "lower ones win", "ALB", allowed="1 to 10000, each once")
    redirect: Redirect | None = setting(
        REDIRECT, "clients are sent elsewhere, over HTTPS", "ALB", default=None, shown="–"
    )
    fixed_response: FixedResponse | None = setting(
        FIXED_RESPONSE, "the load balancer answers itself", "ALB", default=None, shown="–"
    )
    server_groups: dict[str, int] = setting(
        Entries(forms.NAME, Whole(0, 100, "a weight"), most=MOST_GROUPS),
        "groups that share them, by weight; one of weight 0 gets none", "ALB", default={}, shown="–",
        allowed=f"2 to {MOST_GROUPS} of `serverGroups`, each with 0 to 100, not all 0",
    )  # fmt: skip
    hosts: tuple[str, ...] = setting(
        Texts(forms.RULE_HOST), "Host headers it takes", "ALB", default=(),
        allowed="3 to 128 characters, `*` and `?` allowed",
    )  # fmt: skip
    paths: tuple[str, ...] = setting(
        Texts(forms.RULE_PATH), "paths it takes", "ALB", default=(), allowed="1 to 128 characters, beginning with `/`"
    )
    methods: tuple[str, ...] = setting(
        Texts(forms.RULE_METHOD), "methods it takes", "ALB", default=(),
        allowed="`GET`, `HEAD`, `POST`, `OPTIONS`, `PUT`, `PATCH`, `DELETE`",
    )  # fmt: skip
    headers: dict[str, tuple[str, ...]] = setting(
        Entries(forms.RULE_HEADER, Texts(forms.RULE_HEADER_VALUE)), "every header named has one of its values", "ALB",
        default={}, allowed="header names, not `cookie` or `host`; values of 1 to 128 characters, `*` and `?` allowed",
    )  # fmt: skip
    cookies: dict[str, tuple[str, ...]] = setting(
        Entries(forms.RULE_COOKIE, Texts(forms.RULE_COOKIE)), "one of the cookies named has one of its values", "ALB",
        default={}, allowed="names and values of 1 to 100 lower-case characters, `*` and `?` allowed",
    )  # fmt: skip
    query: dict[str, tuple[str, ...]] = setting(
        Entries(forms.RULE_QUERY, Texts(forms.RULE_QUERY)), "one of the parameters named has one of its values", "ALB",
        default={}, allowed="names and values of 1 to 100 lower-case characters, `*` and `?` allowed",
    )  # fmt: skip
    source_ips: tuple[str, ...] = setting(
        Texts(forms.NETWORK), "clients' addresses it takes: a rule has at least one condition, with 10 values and 10"
        " wildcards at most", "ALB quota", default=(), allowed="IPv4 blocks without host bits",
    )  # fmt: skip

    @property
    def groups(self) -> tuple[str, ...]:
        """Server groups that they go to."""
        return (self.server_group,) if self.server_group else tuple(self.server_groups)

    def values(self) -> list[str]:
        """What its conditions compare with, each value once for each place it stands in."""
        named = [value for pairs in (self.headers, self.cookies, self.query) for one in pairs.values() for value in one]
        return [*self.hosts, *self.paths, *self.methods, *named, *self.source_ips]


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
RULE = Shape.of(ForwardingRule, any_of=CONDITIONS, one_of=ACTIONS)
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


LISTENER = Shape.of(Listener, refused=REFUSED)
SHARED = LISTENER.without(
    "default", "httpForwarding", "rules", "gzipEnabled", "http2Enabled", "xForwardedFor", "accessLogTracing"
)
"""A cluster's listener: where its requests go is said by Ingresses, and `fields` says the rest in the cluster's words."""


def read_listener(node: Node) -> Listener | None:
    """The listener, or None when absent."""
    if node.value is None:
        return None
    section = LISTENER.section(node)
    return _read(
        LISTENER, section, rules=_read_rules(section), allow_http_forwarding_past_mutual_tls=_forwards(section)
    )


def read_shared(section: Section) -> Listener:
    """What the listeners of both entry points have in common: all but where requests go."""
    return _read(SHARED, section, default="")


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
        rule = _read_rule(name, node)
        others = [other.name for other in rules.values() if other.priority == rule.priority]
        if others:
            node.child("priority", rule.priority).refuse(f"a priority of its own; rule {others[0]} has this one")
        rules[name] = rule
    _check_count(listener, len(rules))
    return rules


def _read_rule(name: str, node: Node) -> ForwardingRule:
    section = RULE.section(node)
    group = section["serverGroup"].text(forms.NAME) if "serverGroup" in section else ""
    answer = _read_fixed_response(section["fixedResponse"])
    rule: ForwardingRule = RULE.make(section, name=name, server_group=group, fixed_response=answer)
    _check_action(section, rule.redirect)
    if section["serverGroups"].value is not None:
        _check_weights(section["serverGroups"], rule.server_groups)
    _check_conditions(section, rule)
    return rule


def _check_action(section: Section, redirect: Redirect | None) -> None:
    """Told below the rule, whose own line is that of its conditions."""
    found = section.present(ACTIONS)
    if not found:
        section[ACTIONS[0]].refuse(f"exactly one of {', '.join(ACTIONS)}", found="none of them")
    for other in found[1:]:
        section[other].refuse(f"exactly one of {', '.join(ACTIONS)}", found=f"it beside {found[0]}")
    if redirect and redirect.code not in REDIRECT_CODES:
        section["redirect"].at("code").refuse(f"one of {', '.join(map(str, REDIRECT_CODES))}")
    if redirect and replace(redirect, code=Redirect.code) == Redirect():
        section["redirect"].refuse(
            "at least one of host, path, query, port: it would lead to where the request came from"
        )


def _check_weights(node: Node, weights: Mapping[str, int]) -> None:
    if not 2 <= len(weights) <= MOST_GROUPS:
        node.refuse(f"2 to {MOST_GROUPS} server groups", found=f"{len(weights)} of them")
    elif all(node.at(name).value == 0 for name in weights):
        node.refuse("a weight above 0 for one of them, or nobody would be served", found="weights of 0")


def _read_fixed_response(node: Node) -> FixedResponse | None:
    if node.value is None:
        return None
    answer: FixedResponse = FIXED_RESPONSE.read(node)
    if 300 <= answer.code < 400:
        node.at("code").refuse("an HTTP status from 200 to 599, not 3xx: `redirect` sends clients elsewhere")
    return answer


def _check_conditions(section: Section, rule: ForwardingRule) -> None:
    for named in ("headers", "cookies", "query"):
        for key in getattr(rule, named):
            if section[named].at(key).value == []:
                section[named].at(key).refuse("at least one value")
    values = rule.values()
    if not any(section[kind].value for kind in CONDITIONS):
        section.node.refuse(f"at least one of {', '.join(CONDITIONS)}", found="no condition")
    if len(values) > MOST_CONDITIONS:
        section.node.refuse(f"at most {MOST_CONDITIONS} values in its conditions", found=f"{len(values)} of them")
    wildcards = sum(value.count("*") + value.count("?") for value in values)
    if wildcards > MOST_CONDITIONS:
        section.node.refuse(f"at most {MOST_CONDITIONS} wildcards", found=f"{wildcards} of them")


def _check_count(listener: Section, count: int) -> None:
    redirects = 0 if listener["redirectHttp"].value is False else 1
    if count + redirects > MOST_RULES:
        beside = ", beside the one that redirects HTTP" if redirects else ""
        listener["rules"].refuse(f"at most {MOST_RULES - redirects} rules{beside}", found=f"{count} rules")
