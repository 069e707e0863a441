"""Conditions of forwarding rules as Envoy route matches.

Conditions of a rule must all hold; values of one condition are alternatives. `*` stands for any text,
`?` for one character; a value that begins with `~` is a regular expression, `~*` one without case.
"""

import ipaddress
import itertools
import re

from local.proxy.protobuf import Json
from local.proxy.scope import Scope

SOURCE_STATE = "mtlsedge.source_ip"
"""Filter state that holds the client's address for SourceIp conditions."""

Fragment = dict[str, list[Json]]
"""Part of a RouteMatch: lists under `headers`, `query_parameters`, `filter_state`."""


def route_matches(scope: Scope, rule: Json) -> list[Json]:
    """The RouteMatches of a rule: one for each combination that Envoy cannot express as alternatives."""
    parts = [_fragments(condition) for condition in rule.get("RuleConditions") or []]
    unknown = [part for part in parts if part is None]
    if unknown:
        scope.limitation(f"rule {rule['RuleId']} has a condition that is not served; it answers nothing")
        return []
    return [_joined(combination) for combination in itertools.product(*(part for part in parts if part is not None))]


def _joined(fragments: tuple[Fragment, ...]) -> Json:
    match: Json = {"prefix": "/"}
    for fragment in fragments:
        for key, items in fragment.items():
            match[key] = match.get(key, []) + items
    return match


def _fragments(condition: Json) -> list[Fragment] | None:
    """Alternatives of one condition, or None for a type that concerns responses or is unknown."""
    kind = str(condition.get("Type"))
    config = condition.get(f"{kind}Config") or {}
    values = config.get("Values") or []
    renderers = {
        "Host": lambda: [_header(":authority", [pattern(value, "(?i)") for value in values], r"(?::\d+)?")],
        "Path": lambda: [_header(":path", [pattern(value, any_character="[^?]") for value in values], r"(?:\?.*)?")],
        "Method": lambda: [_header(":method", [re.escape(value) for value in values])],
        "Header": lambda: [_header(str(config["Key"]).lower(), [pattern(value) for value in values])],
        "Cookie": lambda: [_cookie(values)],
        "QueryString": lambda: [_query(value) for value in values],
        "SourceIp": lambda: [_source(values)],
    }
    return renderers[kind]() if kind in renderers else None


def pattern(value: str, flags: str = "", any_character: str = ".") -> str:
    """A wildcard value or `~` expression as an RE2 expression that must match the whole text."""
    if value.startswith("~*"):
        return f"(?i:.*(?:{value[2:]}).*)"
    if value.startswith("~"):
        return f".*(?:{value[1:]}).*"
    wild = {"*": f"{any_character}*", "?": any_character}
    expression = "".join(wild.get(character) or re.escape(character) for character in value)
    return f"{flags[:-1]}:{expression})" if flags else expression


def _header(name: str, expressions: list[str], tail: str = "") -> Fragment:
    regex = f"(?:{'|'.join(expressions)}){tail}"
    return {"headers": [{"name": name, "string_match": {"safe_regex": {"regex": regex}}}]}


def _cookie(values: list[Json]) -> Fragment:
    pairs = [f"{re.escape(item['Key'])}={pattern(item['Value'], any_character='[^;]')}" for item in values]
    regex = rf"(?:.*;\s*)?(?:{'|'.join(pairs)})(?:\s*;.*)?"
    return {"headers": [{"name": "cookie", "string_match": {"safe_regex": {"regex": regex}}}]}


def _query(value: Json) -> Fragment:
    match = {"safe_regex": {"regex": pattern(value["Value"])}}
    return {"query_parameters": [{"name": value["Key"], "string_match": match}]}


def _source(values: list[str]) -> Fragment:
    return {"filter_state": [{"key": SOURCE_STATE, "address_match": {"ranges": [cidr(value) for value in values]}}]}


def cidr(entry: str) -> Json:
    """Envoy's CidrRange of an address or an address/length."""
    network = ipaddress.ip_network(entry, strict=False)
    return {"address_prefix": str(network.network_address), "prefix_len": network.prefixlen}
