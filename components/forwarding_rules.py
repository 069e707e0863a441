"""Forwarding rules of a listener: their arguments, and what ALB is told of conditions and actions."""

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict, cast

import pulumi
from pulumi_alicloud import alb

from mtlsedge_components.dynamic import RuleActions
from mtlsedge_components.reading.declared import camel

SENT_WRONGLY = ("RemoveHeader", "TrafficLimit")
"""Actions that a rule is made without, and gets at once from `RuleActions`: the provider 3.105.0 leaves out the header's name,
and sends a limit of 0 where there is none."""


class RedirectArgs(TypedDict):
    """Where a client is sent, over HTTPS. `${host}`, `${path}` and `${query}`, the defaults, stand for what it asked."""

    host: NotRequired[str]
    """Host name."""
    path: NotRequired[str]
    """Path, which begins with `/` or `${path}`."""
    query: NotRequired[str]
    """Query, without the question mark."""
    port: NotRequired[int]
    """Port. Default: the listener's."""
    code: NotRequired[int]
    """301 (the default), 302, 303, 307 or 308."""


class FixedResponseArgs(TypedDict):
    """An answer of the load balancer itself."""

    code: int
    """HTTP status, 2xx, 4xx or 5xx."""
    content: NotRequired[str]
    """Its text, at most 1,024 bytes. Default: none."""
    content_type: NotRequired[str]
    """text/plain (the default), text/css, text/html, application/javascript or application/json."""


class TrafficLimitArgs(TypedDict):
    """How many requests a second a rule lets through; more are answered with HTTP 503."""

    qps: NotRequired[int]
    """Of all clients, 1 to 100000. Default: no limit."""
    per_ip_qps: NotRequired[int]
    """Of one address, fewer than `qps`. Default: no limit."""


class CorsArgs(TypedDict):
    """What browsers let pages of other sites do with the answers."""

    allow_origins: list[str]
    """Sites such as `https://www.example.com`; the first label may be `*`. Or `*` alone."""
    allow_methods: NotRequired[list[str]]
    """Methods they may use. Default: ALB's."""
    allow_headers: NotRequired[list[str]]
    """Request headers they may send. Default: ALB's."""
    expose_headers: NotRequired[list[str]]
    """Headers of answers they may read. Default: ALB's."""
    allow_credentials: NotRequired[bool]
    """Whether browsers show certificates and cookies for them. Default: no."""
    max_age: NotRequired[int]
    """Seconds that a browser keeps the permission, -1 (not at all, the default) to 172800."""


class RewriteArgs(TypedDict):
    """What servers are asked for instead. `${host}`, `${path}` and `${query}`, the defaults, stand for what the client asked."""

    host: NotRequired[str]
    """Host name."""
    path: NotRequired[str]
    """Path, which begins with `/` or `${path}`."""
    query: NotRequired[str]
    """Query, without the question mark."""


class InsertedHeaderArgs(TypedDict):
    """A request header that servers get, in place of what the client sent."""

    value: str
    """The text, or the name that `value_type` asks for."""
    value_type: NotRequired[str]
    """UserDefined (the default); ReferenceHeader: `value` names another request header; SystemDefined: `value` is ClientSrcPort,
    ClientSrcIp, Protocol, SLBId or SLBPort.
    """


class WeightedGroupArgs(TypedDict):
    """A server group that gets a share of the requests."""

    server_group_id: pulumi.Input[str]
    """Its id."""
    weight: int
    """Its share beside the other groups' weights, 0 to 100."""


class ForwardingRuleArgs(TypedDict):
    """What becomes of requests that meet all of its conditions. At least one condition is said, and one action."""

    server_group_id: NotRequired[pulumi.Input[str]]
    """Id of the server group that they go to."""
    server_groups: NotRequired[list[WeightedGroupArgs]]
    """Server groups that share them, 2 to 5."""
    traffic_limit: NotRequired[TrafficLimitArgs]
    """How many requests a second are let through. Default: all."""
    cors: NotRequired[CorsArgs]
    """What browsers let pages of other sites do with the answers. Default: what the servers say."""
    rewrite: NotRequired[RewriteArgs]
    """What servers are asked for instead. Default: what the client asked."""
    insert_headers: NotRequired[dict[str, InsertedHeaderArgs]]
    """Header name -> what servers get as that request header."""
    remove_headers: NotRequired[list[str]]
    """Request headers that servers do not get."""
    redirect: NotRequired[RedirectArgs]
    """Where clients are sent instead."""
    fixed_response: NotRequired[FixedResponseArgs]
    """What the load balancer answers instead."""
    priority: int
    """1 to 10000; the rule with the lower number is asked first."""
    hosts: NotRequired[list[str]]
    """Host names of the request, any of them."""
    paths: NotRequired[list[str]]
    """Paths of the request, any of them; `*` stands for any text."""
    methods: NotRequired[list[str]]
    """Methods of the request, any of them, such as `POST`."""
    headers: NotRequired[dict[str, list[str]]]
    """Header name -> values: the request has each of the headers, with any of its values; `*` stands for any text."""
    cookies: NotRequired[dict[str, list[str]]]
    """Cookie name -> values: the request has one of the cookies, with any of its values."""
    query: NotRequired[dict[str, list[str]]]
    """Query parameter -> values: the request has one of the parameters, with any of its values."""
    source_ips: NotRequired[list[str]]
    """The client's address, in any of these CIDR blocks."""


def forwarding_rule(
    name: str, listener_id: pulumi.Input[str], rule_name: str, rule: ForwardingRuleArgs, opts: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    """A rule of the listener, and what compares its actions: the provider does not."""
    actions = _actions(rule)
    opts.ignore_changes = [*(opts.ignore_changes or ()), "ruleActions"]
    made = alb.Rule(
        name,
        listener_id=listener_id,
        rule_name=rule_name,
        priority=rule["priority"],
        rule_conditions=_conditions(rule),
        rule_actions=[cast("alb.RuleRuleActionArgsDict", one) for one in actions if one["type"] not in SENT_WRONGLY],
        opts=opts,
    )
    compared = RuleActions(
        f"{name}-actions",
        rule_id=made.id,
        actions=[_in_camel_case(one) for one in actions],
        opts=pulumi.ResourceOptions(parent=opts.parent),
    )
    return [made, compared]


def _actions(rule: ForwardingRuleArgs) -> list[dict[str, Any]]:
    """What a rule does, in the names of the provider's arguments; what ends it comes last.

    Every field is said: what ALB fills in is no difference.
    """
    found: list[dict[str, Any]] = []
    if limit := rule.get("traffic_limit"):
        said = {key: limit.get(key) for key in ("qps", "per_ip_qps") if limit.get(key)}
        found.append({"type": "TrafficLimit", "traffic_limit_config": said})
    if cors := rule.get("cors"):
        found.append({"type": "Cors", "cors_config": _cors(cors)})
    if rewrite := rule.get("rewrite"):
        config = {key: rewrite.get(key, f"${{{key}}}") for key in ("host", "path", "query")}
        found.append({"type": "Rewrite", "rewrite_config": config})
    for name, header in sorted(rule.get("insert_headers", {}).items()):
        inserted = {"key": name, "value": header["value"], "value_type": header.get("value_type", "UserDefined")}
        found.append({"type": "InsertHeader", "insert_header_config": inserted})
    removed = [
        {"type": "RemoveHeader", "remove_header_config": {"key": key}} for key in sorted(rule.get("remove_headers", []))
    ]
    return [{"order": order, **one} for order, one in enumerate([*found, *removed, _end(rule)], 1)]


def _cors(said: CorsArgs) -> dict[str, Any]:
    """Lists that are empty are not said: no call can say them."""
    lists = {"allow_origins": said["allow_origins"], "allow_methods": said.get("allow_methods", []),
             "allow_headers": said.get("allow_headers", []), "expose_headers": said.get("expose_headers", [])}  # fmt: skip
    return {
        **{key: list(values) for key, values in lists.items() if values},
        "allow_credentials": "on" if said.get("allow_credentials") else "off",
        "max_age": said.get("max_age", -1),
    }


def _end(rule: ForwardingRuleArgs) -> dict[str, Any]:
    if redirect := rule.get("redirect"):
        config = {
            "protocol": "HTTPS", "host": redirect.get("host", "${host}"), "path": redirect.get("path", "${path}"),
            "query": redirect.get("query", "${query}"), "port": _port(redirect), "http_code": str(redirect.get("code", 301)),
        }  # fmt: skip
        return {"type": "Redirect", "redirect_config": config}
    if answer := rule.get("fixed_response"):
        fixed = {
            "http_code": str(answer["code"]), "content": answer.get("content", ""),
            "content_type": answer.get("content_type", "text/plain"),
        }  # fmt: skip
        return {"type": "FixedResponse", "fixed_response_config": fixed}
    groups = rule.get("server_groups") or [{"server_group_id": rule["server_group_id"], "weight": 100}]
    return {"type": "ForwardGroup", "forward_group_config": {"server_group_tuples": groups}}


def _in_camel_case(value: Any) -> Any:
    """The same with the keys of a declaration, `redirectConfig` for `redirect_config`, at every depth."""
    if isinstance(value, dict):
        return {camel(key): _in_camel_case(item) for key, item in value.items()}
    return [_in_camel_case(item) for item in value] if isinstance(value, list) else value


def _port(redirect: RedirectArgs) -> str:
    return str(redirect["port"]) if redirect.get("port") else "${port}"


def _conditions(rule: ForwardingRuleArgs) -> list[alb.RuleRuleConditionArgs]:
    """A request has to meet all conditions; within one, any of its values."""
    found = []
    if rule.get("hosts"):
        hosts = alb.RuleRuleConditionHostConfigArgs(values=sorted(rule["hosts"]))
        found.append(alb.RuleRuleConditionArgs(type="Host", host_config=hosts))
    if rule.get("paths"):
        paths = alb.RuleRuleConditionPathConfigArgs(values=sorted(rule["paths"]))
        found.append(alb.RuleRuleConditionArgs(type="Path", path_config=paths))
    if rule.get("methods"):
        methods = alb.RuleRuleConditionMethodConfigArgs(values=sorted(rule["methods"]))
        found.append(alb.RuleRuleConditionArgs(type="Method", method_config=methods))
    for key, values in sorted(rule.get("headers", {}).items()):
        header = alb.RuleRuleConditionHeaderConfigArgs(key=key, values=sorted(values))
        found.append(alb.RuleRuleConditionArgs(type="Header", header_config=header))
    if rule.get("cookies"):
        cookies = [alb.RuleRuleConditionCookieConfigValueArgs(**pair) for pair in _pairs(rule["cookies"])]
        config = alb.RuleRuleConditionCookieConfigArgs(values=cookies)
        found.append(alb.RuleRuleConditionArgs(type="Cookie", cookie_config=config))
    if rule.get("query"):
        query = [alb.RuleRuleConditionQueryStringConfigValueArgs(**pair) for pair in _pairs(rule["query"])]
        string = alb.RuleRuleConditionQueryStringConfigArgs(values=query)
        found.append(alb.RuleRuleConditionArgs(type="QueryString", query_string_config=string))
    if rule.get("source_ips"):
        networks = alb.RuleRuleConditionSourceIpConfigArgs(values=sorted(rule["source_ips"]))
        found.append(alb.RuleRuleConditionArgs(type="SourceIp", source_ip_config=networks))
    return found


def _pairs(named: Mapping[str, list[str]]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, values in sorted(named.items()) for value in sorted(values)]
