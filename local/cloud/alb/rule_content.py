"""Actions and conditions of a rule, from flat parameters to typed documents.

Each keeps the one configuration that belongs to its type, with what was sent and nothing else: any default
filled in here would be drift to the provider (openapi-contract.md §7.9).
"""

from collections.abc import Callable
from typing import Any

from local.cloud.errors import invalid, missing, refused
from local.cloud.parameters import Parameters
from local.cloud.store import Document

MOST_ACTIONS = 5
STICKY_SECONDS = 1000
"""Of a stickiness whose timeout was not sent."""
MOST_CONDITIONS = 10
HTTP_CODES = ("301", "302", "303", "307", "308")


def actions(parameters: Parameters) -> list[Document]:
    """The checked RuleActions."""
    answer = [_action(item) for item in parameters.objects("RuleActions")]
    if not 1 <= len(answer) <= MOST_ACTIONS:
        raise invalid("RuleActions", f"1 to {MOST_ACTIONS} actions")
    return answer


def conditions(parameters: Parameters) -> list[Document]:
    """The checked RuleConditions."""
    answer = [_condition(item) for item in parameters.objects("RuleConditions")]
    if not 1 <= len(answer) <= MOST_CONDITIONS:
        raise invalid("RuleConditions", f"1 to {MOST_CONDITIONS} conditions")
    return answer


def check_redirects(rule_actions: list[Document], listener_protocol: str) -> None:
    """An HTTPS listener redirects to HTTPS only, and no redirect leads to where it came from [SDK-ALB]."""
    for config in (item["RedirectConfig"] for item in rule_actions if item["Type"] == "Redirect"):
        protocol = config.get("Protocol", "${protocol}")
        if listener_protocol == "HTTPS" and protocol == "HTTP":
            raise invalid("RedirectConfig.Protocol", "an HTTPS listener redirects to HTTPS only")
        elsewhere = any(config.get(name, f"${{{name.lower()}}}") != f"${{{name.lower()}}}"
                        for name in ("Host", "Path", "Port", "Protocol", "Query"))  # fmt: skip
        if not elsewhere:
            raise refused("InvalidParameter.RedirectConfig", "The redirect leads to where the request came from.")


def _action(item: Parameters) -> Document:
    type_ = item.choice("Type", _ACTIONS)
    name, read = _ACTIONS[type_]
    if name not in item:
        raise missing(f"RuleActions.{name}")
    order = item.integer("Order", 1, 50000)
    return {"Order": order, "Type": type_, name: read(item.mapping(name))}


def _condition(item: Parameters) -> Document:
    type_ = item.choice("Type", _CONDITIONS)
    name, read = f"{type_}Config", _CONDITIONS[type_]
    if name not in item:
        raise missing(f"RuleConditions.{name}")
    return {"Type": type_, name: read(item.mapping(name))}


def _texts(config: Parameters, *names: str) -> Document:
    """Those of the scalars that are not empty, as strings."""
    return {name: value for name in names if (value := config.text(name))}


def _forward(config: Parameters) -> Document:
    pairs = [
        {"ServerGroupId": pair.required("ServerGroupId"), "Weight": pair.integer("Weight", 0, 100, 100)}
        for pair in config.objects("ServerGroupTuples")
    ]
    if not 1 <= len(pairs) <= 5:
        raise invalid("ForwardGroupConfig.ServerGroupTuples", "1 to 5 server groups")
    session = config.mapping("ServerGroupStickySession")
    sticky: Document = {"Enabled": session.boolean("Enabled")}
    if session.values:  # one without a timeout was not sent: `rules` decides whether it is shown
        sticky["Timeout"] = session.integer("Timeout", 0, 86400, STICKY_SECONDS)
    return {"ServerGroupTuples": pairs, "ServerGroupStickySession": sticky}


def _redirect(config: Parameters) -> Document:
    config.choice("HttpCode", HTTP_CODES, "301")
    config.choice("Protocol", ("HTTP", "HTTPS", "${protocol}"), "${protocol}")
    port = config.text("Port") or "${port}"
    if port != "${port}" and not (port.isdecimal() and len(port) <= 5 and 1 <= int(port) <= 65535):
        raise invalid("RedirectConfig.Port", "1 to 65535, or ${port}")
    return _texts(config, "Host", "HttpCode", "Path", "Port", "Protocol", "Query")


def _fixed(config: Parameters) -> Document:
    code = config.required("HttpCode")
    if not (code.isdecimal() and len(code) == 3 and code[0] in "245"):
        raise invalid("FixedResponseConfig.HttpCode", "2xx, 4xx or 5xx")
    if len(config.text("Content").encode()) > 1024:
        raise invalid("FixedResponseConfig.Content", "at most 1 KB")
    return _texts(config, "Content", "ContentType", "HttpCode")


def _rewrite(config: Parameters) -> Document:
    return _texts(config, "Host", "Path", "Query")


def _limit(config: Parameters) -> Document:
    return {name: config.integer(name, 0, 1_000_000) for name in ("QPS", "PerIpQps") if config.text(name)}


def _insert_header(config: Parameters) -> Document:
    if config.required("Key").lower().startswith("x-forwarded-"):
        raise invalid("InsertHeaderConfig.Key", "not one of the reserved headers")
    return _texts(config, "Key", "Value", "ValueType")


def _remove_header(config: Parameters) -> Document:
    return {"Key": config.required("Key")}


def _mirror(config: Parameters) -> Document:
    pairs = config.mapping("MirrorGroupConfig").objects("ServerGroupTuples")
    groups = [{"ServerGroupId": pair.required("ServerGroupId")} for pair in pairs]
    type_ = config.choice("TargetType", ("ForwardGroupMirror",), "ForwardGroupMirror")
    return {"TargetType": type_, "MirrorGroupConfig": {"ServerGroupTuples": groups}}


def _cors(config: Parameters) -> Document:
    answer: Document = {
        name: texts
        for name in ("AllowOrigin", "AllowMethods", "AllowHeaders", "ExposeHeaders")
        if (texts := config.texts(name))
    }
    if config.text("AllowCredentials"):
        answer["AllowCredentials"] = config.choice("AllowCredentials", ("on", "off"))
    if config.text("MaxAge"):
        answer["MaxAge"] = config.integer("MaxAge", -1, 172800)
    return answer


def _values(config: Parameters) -> Document:
    values = config.texts("Values")
    if not values:
        raise missing("RuleConditions.Values")
    return {"Values": values}


def _keyed_values(config: Parameters) -> Document:
    return {"Key": config.required("Key"), **_values(config)}


def _pairs(config: Parameters) -> Document:
    return {"Values": [_texts(pair, "Key", "Value") for pair in config.objects("Values")]}


_ACTIONS: dict[str, tuple[str, Callable[[Parameters], dict[str, Any]]]] = {
    "ForwardGroup": ("ForwardGroupConfig", _forward),
    "Redirect": ("RedirectConfig", _redirect),
    "FixedResponse": ("FixedResponseConfig", _fixed),
    "Rewrite": ("RewriteConfig", _rewrite),
    "InsertHeader": ("InsertHeaderConfig", _insert_header),
    "RemoveHeader": ("RemoveHeaderConfig", _remove_header),
    "TrafficLimit": ("TrafficLimitConfig", _limit),
    "TrafficMirror": ("TrafficMirrorConfig", _mirror),
    "Cors": ("CorsConfig", _cors),
}
_CONDITIONS: dict[str, Callable[[Parameters], dict[str, Any]]] = {
    "Host": _values,
    "Path": _values,
    "Method": _values,
    "SourceIp": _values,
    "ResponseStatusCode": _values,
    "Header": _keyed_values,
    "ResponseHeader": _keyed_values,
    "Cookie": _pairs,
    "QueryString": _pairs,
}
