"""Actions of listeners and rules as Envoy routes.

What the data plane cannot do as declared answers 501 and is listed as a problem: leaving the rule out
could serve what the rule was there to refuse.
"""

from local.proxy import redirects, rule_filters, stickiness
from local.proxy.headers import header, inserted, literal
from local.proxy.inventory import forward_groups, mirror_groups
from local.proxy.protobuf import Json, seconds
from local.proxy.scope import Scope

DEFAULT_REQUEST_TIMEOUT_SECONDS = 60
AS_IT_IS = {"disable_shadow_host_suffix_append": True}
"""A copied request names the same host (assumed); Envoy would append `-shadow`."""
RETRIES = {"retry_on": "connect-failure", "num_retries": 1}
"""A server that accepts no connection is passed over (assumed)."""


def route(scope: Scope, actions: list[Json], label: str, expression: str = "") -> Json:
    """Everything of an Envoy route except its match, from the actions of a rule or of the listener.

    `expression` is the regular expression of the rule's path, whose groups `${1}` to `${3}` name.
    """
    ordered = sorted(actions, key=lambda action: int(action.get("Order") or 0))
    rendered = _final(scope, ordered, label, expression)
    if "route" in rendered:
        rendered = _with_headers(scope, rendered, ordered)
    filters = [one.get("typed_per_filter_config", {}) for one in (rendered, rule_filters.of_route(ordered))]
    return rendered | ({"typed_per_filter_config": filters[0] | filters[1]} if any(filters) else {})


def answer(status: int, body: str) -> Json:
    """A fixed answer in plain text."""
    return {
        "direct_response": {"status": status, "body": {"inline_string": body}},
        "response_headers_to_add": [header("content-type", "text/plain")],
    }


def _final(scope: Scope, actions: list[Json], label: str, expression: str) -> Json:
    """The action that ends the request; ForwardGroup with rewriting in front of it."""
    for action in actions:
        if action["Type"] == "Redirect":
            target = redirects.redirect(scope, action.get("RedirectConfig") or {}, expression)
            return {"redirect": target} if target else _not_served(scope, f"{label}: redirect template")
        if action["Type"] == "FixedResponse":
            return _fixed(action.get("FixedResponseConfig") or {})
        if action["Type"] == "ForwardGroup":
            return _forward(scope, actions, label, expression)
    return _not_served(scope, f"{label}: no final action")


def _not_served(scope: Scope, what: str) -> Json:
    scope.limitation(f"{what} is not served; it answers 501")
    return answer(501, "This rule is not served by the local data plane.\n")


def _fixed(config: Json) -> Json:
    rendered = answer(int(config.get("HttpCode") or 200), str(config.get("Content") or ""))
    content_type = str(config.get("ContentType") or "text/plain")
    return rendered | {"response_headers_to_add": [header("content-type", literal(content_type))]}


def _forward(scope: Scope, actions: list[Json], label: str, expression: str) -> Json:
    known = scope.inventory.server_groups
    weighted = [(group, weight) for group, weight in forward_groups(actions) if weight > 0 and group in known]
    if not weighted:
        return answer(503, "No server group takes this request.\n")
    rewrite = _rewrite(scope, actions, expression)
    if rewrite is None:
        return _not_served(scope, f"{label}: rewrite template")
    mirrors = [{"cluster": name, **AS_IT_IS} for name in mirror_groups(actions) if name in known]
    copied = {"request_mirror_policies": mirrors} if mirrors else {}
    return stickiness.forward(scope.inventory, weighted, _common(scope) | rewrite | copied)


def session(actions: list[Json]) -> int:
    """For how many seconds a client stays with the group that it came to first; 0: it does not."""
    configs = [action.get("ForwardGroupConfig") or {} for action in actions]
    session: Json = next(
        (one["ServerGroupStickySession"] for one in configs if one.get("ServerGroupStickySession")), {}
    )
    return int(session.get("Timeout") or stickiness.DEFAULT_COOKIE_SECONDS) if session.get("Enabled") else 0


def _common(scope: Scope) -> Json:
    timeout = scope.listener.get("RequestTimeout") or DEFAULT_REQUEST_TIMEOUT_SECONDS
    return {"timeout": seconds(timeout), "retry_policy": RETRIES, "upgrade_configs": [{"upgrade_type": "websocket"}]}


def _rewrite(scope: Scope, actions: list[Json], expression: str) -> Json | None:
    """Host and path of a Rewrite action; a literal query cannot be set by Envoy's rewriting."""
    config = next((action.get("RewriteConfig") or {} for action in actions if action["Type"] == "Rewrite"), {})
    host, path, query = (str(config.get(key) or "") for key in ("Host", "Path", "Query"))
    target = redirects.path_and_query(scope, path, query, expression)
    if target is None or "strip_query" in target or ("${" in host and host != "${host}"):
        return None
    return target | ({} if host in ("", "${host}") else {"host_rewrite_literal": host})


def _with_headers(scope: Scope, rendered: Json, actions: list[Json]) -> Json:
    added = [inserted(scope, action["InsertHeaderConfig"]) for action in actions if action["Type"] == "InsertHeader"]
    removed = [action["RemoveHeaderConfig"]["Key"] for action in actions if action["Type"] == "RemoveHeader"]
    extra = {"request_headers_to_add": added, "request_headers_to_remove": removed}
    return rendered | {key: items for key, items in extra.items() if items}
