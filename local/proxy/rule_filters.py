"""What a rule does with Envoy's help beyond a route: limits on requests, and permissions for other sites' pages.

Each is a filter of the listener that does nothing by itself; the routes of rules that need it say what it does.
"""

import re

from local.proxy.protobuf import Json, extension, seconds, typed

LIMIT, LIMITS = "filters.http.local_ratelimit", "extensions.filters.http.local_ratelimit.v3.LocalRateLimit"
CORS, CORS_MESSAGES = "filters.http.cors", "extensions.filters.http.cors.v3"
UNLIMITED = 1_000_000
"""Requests a second where only those of one address are limited: the most that ALB takes."""
ALWAYS = {"default_value": {"numerator": 100, "denominator": "HUNDRED"}}


def http_filters() -> list[Json]:
    """The filters, which do nothing by themselves."""
    return [extension(CORS, f"{CORS_MESSAGES}.Cors"), extension(LIMIT, LIMITS, stat_prefix="limits")]


def of_route(actions: list[Json]) -> Json:
    """Fields of a route for these actions; nothing where none of them needs a filter."""
    found: Json = {}
    for action in actions:
        if action["Type"] == "TrafficLimit":
            found[f"envoy.{LIMIT}"] = _limits(action["TrafficLimitConfig"])
        elif action["Type"] == "Cors":
            found[f"envoy.{CORS}"] = _cors(action["CorsConfig"])
    return {"typed_per_filter_config": found} if found else {}


def _limits(config: Json) -> Json:
    """A bucket for all requests, and one for each address; what is too much is answered with 503."""
    address = int(config.get("PerIpQps") or 0)
    each: Json = {
        "rate_limits": [{"actions": [{"remote_address": {}}]}],
        "descriptors": [{"entries": [{"key": "remote_address"}], "token_bucket": _bucket(address)}],
    }
    return typed(
        LIMITS,
        stat_prefix="limits",
        token_bucket=_bucket(int(config.get("QPS") or 0) or UNLIMITED),
        filter_enabled=ALWAYS,
        filter_enforced=ALWAYS,
        status={"code": "ServiceUnavailable"},
        **(each if address else {}),
    )


def _bucket(requests: int) -> Json:
    return {"max_tokens": requests, "tokens_per_fill": requests, "fill_interval": seconds(1)}


def _cors(config: Json) -> Json:
    """Envoy answers the browser's question itself where the origin is one of these."""
    listed = {"AllowMethods": "allow_methods", "AllowHeaders": "allow_headers", "ExposeHeaders": "expose_headers"}
    said = {field: ",".join(config[key]) for key, field in listed.items() if config.get(key)}
    if config.get("MaxAge") is not None:
        said["max_age"] = str(config["MaxAge"])
    return typed(
        f"{CORS_MESSAGES}.CorsPolicy",
        allow_origin_string_match=[_origin(text) for text in config.get("AllowOrigin") or ()],
        allow_credentials=config.get("AllowCredentials") == "on",
        **said,
    )


def _origin(text: str) -> Json:
    if text == "*":
        return {"safe_regex": {"regex": ".*"}}
    return {"safe_regex": {"regex": re.escape(text).replace(r"\*", "[^./:]+")}} if "*" in text else {"exact": text}
