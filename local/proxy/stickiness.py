"""How a request finds its server group, and within it a server that stays the same.

Insert: the load balancer sets a cookie that names the server. Server: it rewrites the server's own cookie, see `cookies`.
"""

import re

from local.proxy import cookies
from local.proxy.headers import literal
from local.proxy.inventory import Inventory
from local.proxy.protobuf import Json, extension, seconds, typed

FILTER = "filters.http.stateful_session"
MESSAGES = "extensions.filters.http.stateful_session.v3"
COOKIE = "SERVERID"
"""Name of the inserted cookie [SDK-ALB]."""
GROUP_COOKIE = "SERVERGROUPID"
"""Name of the cookie that keeps a client with a group (assumed)."""
DEFAULT_COOKIE_SECONDS = 1000


def mode(group: Json) -> str:
    """`Insert`, `Server`, or an empty string for a group without stickiness."""
    config = group.get("StickySessionConfig") or {}
    return str(config.get("StickySessionType") or "Insert") if config.get("StickySessionEnabled") else ""


def forward(inventory: Inventory, weighted: list[tuple[str, int]], common: Json) -> Json:
    """A route to one group or, by weight, to several."""
    groups = {name: inventory.server_groups[name] for name, _ in weighted}
    policies = [policy for group in groups.values() for policy in hash_policies(group)]
    action = common | ({"hash_policy": policies} if policies else {})
    named = [cookie for group in groups.values() if (cookie := _own_cookie(group))]
    rewritten = cookies.of_route(named[0]) if named else {}
    if len(weighted) == 1:
        name = weighted[0][0]
        return {"route": action | {"cluster": name}} | _per_filter(groups[name]) | rewritten
    clusters = [{"name": name, "weight": weight} | _per_filter(groups[name]) for name, weight in weighted]
    return {"route": action | {"weighted_clusters": {"clusters": clusters}}} | rewritten


def with_session(route: Json, session: int) -> list[Json]:
    """The routes of a rule under which a client stays for so many seconds with the group that it came to first: one for each
    group, for those who carry its cookie, and one for the others, who are given a cookie.
    """
    weighted = (route.get("route") or {}).get("weighted_clusters")
    if not (session and weighted):
        return [route]
    rest = {key: value for key, value in route["route"].items() if key != "weighted_clusters"}
    staying = [
        route
        | {"match": _carrying(route["match"], one["name"]), "route": rest | {"cluster": one["name"]}}
        | {"typed_per_filter_config": _filters(route) | _filters(one)}
        for one in weighted["clusters"]
    ]
    told = [one | {"response_headers_to_add": [_given(one["name"], session)]} for one in weighted["clusters"]]
    return [*staying, route | {"route": rest | {"weighted_clusters": {"clusters": told}}}]


def _carrying(match: Json, group: str) -> Json:
    regex = rf"(?:.*;\s*)?{GROUP_COOKIE}={re.escape(group)}(?:\s*;.*)?"
    named = {"name": "cookie", "string_match": {"safe_regex": {"regex": regex}}}
    return match | {"headers": [*match.get("headers", []), named]}


def _given(group: str, session: int) -> Json:
    cookie = {"key": "set-cookie", "value": f"{GROUP_COOKIE}={literal(group)}; Max-Age={session}; Path=/; HttpOnly"}
    return {"header": cookie, "append_action": "APPEND_IF_EXISTS_OR_ADD"}


def _filters(part: Json) -> Json:
    return dict(part.get("typed_per_filter_config") or {})


def hash_policies(group: Json) -> list[Json]:
    """What a group with a hashing scheduler hashes of a request."""
    if group.get("Scheduler") not in ("Sch", "Uch"):
        return []
    parameter = (group.get("UchConfig") or {}).get("Value")  # which makes Sch one by a parameter too [SDK-ALB]
    return [{"query_parameter": {"name": parameter}} if parameter else {"connection_properties": {"source_ip": True}}]


def http_filter() -> Json:
    """The filter with nothing to do of its own; routes say what it does."""
    return extension(FILTER, f"{MESSAGES}.StatefulSession")


def _own_cookie(group: Json) -> str:
    """Name of the cookie that the group's servers set; of groups that share a route, the first one's counts for all."""
    return str((group.get("StickySessionConfig") or {}).get("Cookie") or "") if mode(group) == "Server" else ""


def _per_filter(group: Json) -> Json:
    state = cookies.session_state() if _own_cookie(group) else _inserted(group) if mode(group) == "Insert" else None
    if state is None:
        return {}
    per_route = typed(f"{MESSAGES}.StatefulSessionPerRoute", stateful_session={"session_state": state})
    return {"typed_per_filter_config": {f"envoy.{FILTER}": per_route}}


def _inserted(group: Json) -> Json:
    lifetime = (group.get("StickySessionConfig") or {}).get("CookieTimeout") or DEFAULT_COOKIE_SECONDS
    message = "extensions.http.stateful_session.cookie.v3.CookieBasedSessionState"
    return extension(
        "http.stateful_session.cookie", message, cookie={"name": COOKIE, "path": "/", "ttl": seconds(lifetime)}
    )
