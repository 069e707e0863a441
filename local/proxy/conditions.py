"""Conditions of forwarding rules as Envoy matches.

Conditions of a rule must all hold; values of one condition are alternatives. `*` stands for any text,
`?` for one character; a value that begins with `~` is a regular expression, `~*` one without case.
"""

import ipaddress
import re
from collections.abc import Callable, Iterable

from local.proxy.protobuf import Json
from local.proxy.scope import Scope

SOURCE_STATE = "mtlsedge.source_ip"
"""Filter state that holds the client's address for SourceIp conditions."""


def route_match(scope: Scope, rule: Json) -> Json | None:
    """The RouteMatch of a rule; None when one of its conditions is not served."""
    match: Json = {"prefix": "/"}
    for condition in rule.get("RuleConditions") or []:
        kind, values = str(condition.get("Type")), _values(condition)
        if kind == "SourceIp":
            addresses = {"ranges": [cidr(value) for value in values]}
            match.setdefault("filter_state", []).append({"key": SOURCE_STATE, "address_match": addresses})
        elif kind == "Path" and "prefix" in match:
            del match["prefix"]  # Envoy compares the path without its query: no expression can look beyond
            match["safe_regex"] = {"regex": _any(map(pattern, values))}
        elif kind in _HEADERS:
            name, expression = _HEADERS[kind]
            found = {"name": name or _key(condition), "string_match": {"safe_regex": {"regex": expression(values)}}}
            match.setdefault("headers", []).append(found)
        else:
            scope.limitation(f"rule {rule['RuleId']} has a condition that is not served; it answers nothing")
            return None
    return match


def path_expression(rule: Json) -> str:
    """The one regular expression of a rule's paths, whose groups its rewriting or redirect names; empty for another rule."""
    values = [value for one in rule.get("RuleConditions") or [] if one.get("Type") == "Path" for value in _values(one)]
    return pattern(values[0]) if len(values) == 1 and values[0].startswith("~") else ""


def _host(values: list[str]) -> str:
    return _any(pattern(value, "(?i)") for value in values) + r"(?::\d+)?"


def _path(values: list[str]) -> str:
    return _any(pattern(value, any_character="[^?]") for value in values) + r"(?:\?.*)?"


def _method(values: list[str]) -> str:
    return _any(map(re.escape, values))


def _texts(values: list[str]) -> str:
    return _any(map(pattern, values))


def _cookies(values: list[Json]) -> str:
    return rf"(?:.*;\s*)?{_pairs(values, '[^;=]', '[^;]')}(?:\s*;.*)?"


def _parameters(values: list[Json]) -> str:
    return rf"[^?]*\?(?:.*&)?{_pairs(values, '[^&=]', '[^&]')}(?:&.*)?"


_HEADERS: dict[str, tuple[str, Callable[[list], str]]] = {
    "Host": (":authority", _host),
    "Path": (":path", _path),
    "Method": (":method", _method),
    "Header": ("", _texts),
    "Cookie": ("cookie", _cookies),
    "QueryString": (":path", _parameters),
}
"""Type of condition -> the header that it looks at (empty: the one of its key), and its expression."""


def _key(condition: Json) -> str:
    return str(condition[f"{condition['Type']}Config"]["Key"]).lower()


def _values(condition: Json) -> list:
    return (condition.get(f"{condition.get('Type')}Config") or {}).get("Values") or []


def pattern(value: str, flags: str = "", any_character: str = ".") -> str:
    """A wildcard value or `~` expression as an RE2 expression that must match the whole text."""
    if value.startswith("~*"):
        return f"(?i:.*?(?:{value[2:]}).*)"
    if value.startswith("~"):
        return f".*?(?:{value[1:]}).*"
    wild = {"*": f"{any_character}*", "?": any_character}
    expression = "".join(wild.get(character) or re.escape(character) for character in value)
    return f"{flags[:-1]}:{expression})" if flags else expression


def _any(expressions: Iterable[str]) -> str:
    return f"(?:{'|'.join(expressions)})"


def _pairs(values: list[Json], in_key: str, in_value: str) -> str:
    return _any(
        f"{pattern(item['Key'], any_character=in_key)}={pattern(item['Value'], any_character=in_value)}"
        for item in values
    )


def cidr(entry: str) -> Json:
    """Envoy's CidrRange of an address or an address/length."""
    network = ipaddress.ip_network(entry, strict=False)
    return {"address_prefix": str(network.network_address), "prefix_len": network.prefixlen}
