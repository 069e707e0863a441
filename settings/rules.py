"""`mtlsedge:listener.rules`: which requests a rule takes, and what becomes of them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from mtlsedge_components import forms
from mtlsedge_components.alb_limits import MOST_ACTIONS, MOST_CONDITIONS, MOST_GROUPS, SYSTEM_VALUES
from mtlsedge_components.reading.declared import Choice, Entries, Flag, Shape, Text, Texts, Whole, setting
from mtlsedge_components.reading.nodes import Node, Section

REDIRECT_CODES = (301, 302, 303, 307, 308)
CONTENT_TYPES = ("text/plain", "text/css", "text/html", "application/javascript", "application/json")
ENDS = ("serverGroup", "serverGroups", "redirect", "fixedResponse")
"""Where a request's way through the rules ends; a rule has one of them."""
HEADERS = ("insertHeaders", "removeHeaders")
BEFORE = ("trafficLimit", "cors", "rewrite", *HEADERS)
"""What is done to requests on their way to servers."""
CONDITIONS = ("hosts", "paths", "methods", "headers", "cookies", "query", "sourceIps")


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


@dataclass(frozen=True)
class Rewrite:
    """What servers are asked for instead; what is not said stays as the client asked."""

    host: str = setting(
        Text(forms.REDIRECT_HOST), "host", "ALB", default="${host}", allowed="a host name, or `${host}`"
    )
    path: str = setting(
        Text(forms.REDIRECT_PATH), "path", "ALB", default="${path}",
        allowed="1 to 128 characters that begin with `/` or `${path}`",
    )  # fmt: skip
    query: str = setting(
        Text(forms.REWRITE_QUERY), "query; the local cloud answers 501 where it is said", "ALB", default="${query}",
        allowed="1 to 128 characters, without `?`",
    )  # fmt: skip


@dataclass(frozen=True)
class InsertedHeader:
    """A request header that servers get, in place of what the client sent."""

    value: str = setting(
        Text(forms.WRITTEN_VALUE), "the text, or the name that `valueType` asks for", "ALB",
        allowed='1 to 128 printable characters of ASCII, without `"`',
    )  # fmt: skip
    value_type: str = setting(
        Choice(("UserDefined", "ReferenceHeader", "SystemDefined")),
        "`ReferenceHeader`: `value` names another request header; `SystemDefined`: it is one of "
        + ", ".join(f"`{one}`" for one in SYSTEM_VALUES), "ALB", default="UserDefined",
    )  # fmt: skip


@dataclass(frozen=True)
class TrafficLimit:
    """How many requests a second a rule lets through; what is more is answered with HTTP 503. 0 is no limit."""

    qps: int = setting(Whole(1, 100_000, "requests a second"), "of all clients", "provider", default=0, shown="none")
    per_ip_qps: int = setting(
        Whole(1, 100_000, "requests a second"), "of one address", "provider", default=0, shown="none",
        allowed="fewer than `qps`",
    )  # fmt: skip


@dataclass(frozen=True)
class Cors:
    """What browsers let pages of other sites do with the answers."""

    allow_origins: tuple[str, ...] = setting(
        Texts(forms.ORIGIN, fewest=1), "sites whose pages may ask", "ALB",
        allowed="`http://` or `https://`, a host whose first label may be `*`, a port; or `*` alone, without `allowCredentials`",
    )  # fmt: skip
    allow_methods: tuple[str, ...] = setting(
        Texts(forms.RULE_METHOD), "methods they may use", "ALB", default=(),
        allowed="`GET`, `HEAD`, `POST`, `OPTIONS`, `PUT`, `PATCH`, `DELETE`",
    )  # fmt: skip
    allow_headers: tuple[str, ...] = setting(
        Texts(forms.CORS_HEADER), "request headers they may send", "ALB", default=(), allowed="header names"
    )
    expose_headers: tuple[str, ...] = setting(
        Texts(forms.CORS_HEADER), "headers of answers they may read", "ALB", default=(), allowed="header names"
    )
    allow_credentials: bool = setting(
        Flag(), "whether browsers show certificates and cookies for them; a listener that demands certificates answers no others",
        "ALB", default=False,
    )  # fmt: skip
    max_age: int = setting(
        Whole(-1, 172_800, "seconds"), "how long a browser keeps the permission; -1 for not at all", "ALB", default=-1
    )


FIXED_RESPONSE = Shape.of(FixedResponse)
TRAFFIC_LIMIT = Shape.of(TrafficLimit, any_of=("qps", "perIpQps"))
CORS = Shape.of(Cors)
REWRITE = Shape.of(Rewrite, any_of=("host", "path", "query"))
INSERTED = Shape.of(InsertedHeader)
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
    traffic_limit: TrafficLimit | None = setting(
        TRAFFIC_LIMIT,
        "more requests than that are refused",
        "ALB",
        default=None,
        shown="–",
        allowed="beside server groups",
    )
    cors: Cors | None = setting(
        CORS, "pages of other sites may ask", "ALB", default=None, shown="–", allowed="beside server groups"
    )
    rewrite: Rewrite | None = setting(
        REWRITE, "servers are asked for something else", "ALB", default=None, shown="–", allowed="beside server groups"
    )
    insert_headers: dict[str, InsertedHeader] = setting(
        Entries(forms.WRITTEN_HEADER, INSERTED), "request headers that servers get", "ALB", default={},
        allowed="beside server groups: names, not `x-forwarded-…` nor one of `forwardClientCertificate`",
    )  # fmt: skip
    remove_headers: tuple[str, ...] = setting(
        Texts(forms.WRITTEN_HEADER), "request headers that servers do not get", "ALB quota", default=(),
        allowed=f"as above; a rule does at most {MOST_ACTIONS} things, each header and where requests go among them",
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


RULE = Shape.of(ForwardingRule, any_of=CONDITIONS, one_of=ENDS)


def read_rule(name: str, node: Node) -> ForwardingRule:
    """One rule."""
    section = RULE.section(node)
    group = section["serverGroup"].text(forms.NAME) if "serverGroup" in section else ""
    rule: ForwardingRule = RULE.make(section, name=name, server_group=group)
    _check_ends(section)
    _check_count(section)
    for key, check in CHECKS.items():
        if key in section:
            check(section[key], getattr(rule, RULE.fills[key]))
    _check_conditions(section, rule)
    return rule


def _check_ends(section: Section) -> None:
    """Told below the rule, whose own line is that of its conditions."""
    found = section.present(ENDS)
    if not found:
        section[ENDS[0]].refuse(f"exactly one of {', '.join(ENDS)}", found="none of them")
    for other in found[1:]:
        section[other].refuse(f"exactly one of {', '.join(ENDS)}", found=f"it beside {found[0]}")
    if found and found[0] in ("redirect", "fixedResponse"):
        for key in section.present(BEFORE):
            section[key].refuse(f"nothing beside {found[0]}: its requests reach no server", found="it")


def _check_count(section: Section) -> None:
    headers = [value for key in HEADERS if isinstance(value := section[key].value, Mapping | list)]
    count = 1 + len(section.present([key for key in BEFORE if key not in HEADERS])) + sum(map(len, headers))
    if count > MOST_ACTIONS:
        allowed = f"at most {MOST_ACTIONS} actions, each header and where requests go among them"
        section[HEADERS[0] if HEADERS[0] in section else HEADERS[1]].refuse(allowed, found=f"{count} of them")


def _check_redirect(node: Node, redirect: Redirect) -> None:
    if redirect.code not in REDIRECT_CODES:
        node.at("code").refuse(f"one of {', '.join(map(str, REDIRECT_CODES))}")
    if replace(redirect, code=Redirect.code) == Redirect():
        node.refuse("at least one of host, path, query, port: it would lead to where the request came from")


def _check_fixed_response(node: Node, answer: FixedResponse) -> None:
    if 300 <= answer.code < 400:
        node.at("code").refuse("an HTTP status from 200 to 599, not 3xx: `redirect` sends clients elsewhere")


def _check_weights(node: Node, weights: Mapping[str, int]) -> None:
    if not 2 <= len(weights) <= MOST_GROUPS:
        node.refuse(f"2 to {MOST_GROUPS} server groups", found=f"{len(weights)} of them")
    elif all(node.at(name).value == 0 for name in weights):
        node.refuse("a weight above 0 for one of them, or nobody would be served", found="weights of 0")


def _check_rewrite(node: Node, rewrite: Rewrite) -> None:
    is_known = isinstance(node.value, Mapping) and set(node.value) <= set(REWRITE.keys)
    if is_known and rewrite == Rewrite():
        node.refuse("at least one of host, path, query: it would change nothing")


def _check_limit(node: Node, limit: TrafficLimit) -> None:
    if node.value == {}:
        node.refuse("at least one of qps, perIpQps")
    if limit.qps and limit.per_ip_qps >= limit.qps:
        node.at("perIpQps").refuse(f"fewer than qps, {limit.qps}")


def _check_cors(node: Node, cors: Cors) -> None:
    origins = node.at("allowOrigins")
    if origins.is_sound and not cors.allow_origins:
        origins.refuse("at least one site")
    if "*" in cors.allow_origins and len(cors.allow_origins) > 1:
        origins.refuse("`*` alone, or sites by name", found="`*` beside others")
    if "*" in cors.allow_origins and cors.allow_credentials:
        node.at("allowCredentials").refuse("false beside the site `*`: browsers would show certificates to every page")


def _check_inserted(node: Node, headers: Mapping[str, InsertedHeader]) -> None:
    for name, header in headers.items():
        at = node.at(name, "value")
        if header.value_type == "SystemDefined" and at.is_sound and header.value not in SYSTEM_VALUES:
            at.refuse(f"one of {', '.join(SYSTEM_VALUES)}")
        if header.value_type == "ReferenceHeader" and at.is_sound and not forms.REFERRED_HEADER.accepts(header.value):
            at.refuse(forms.REFERRED_HEADER.meaning)


CHECKS: Mapping[str, Any] = {
    "redirect": _check_redirect, "fixedResponse": _check_fixed_response, "serverGroups": _check_weights,
    "trafficLimit": _check_limit, "cors": _check_cors, "rewrite": _check_rewrite, "insertHeaders": _check_inserted,
}  # fmt: skip
"""Key of a rule -> what is told of its value beyond the form."""


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
