"""The routes of a listener: its rules by priority, then its default action."""

from local.behaviours import CLIENT_REFUSAL
from local.proxy import actions, conditions, headers, stickiness
from local.proxy.protobuf import Json
from local.proxy.scope import Scope


def route_configuration(scope: Scope) -> Json:
    """Envoy's RouteConfiguration. Hosts are matched by the rules, so there is one virtual host."""
    listener = scope.listener
    routes = _refusals(scope) + [rendered for rule in _request_rules(scope) for rendered in _rule(scope, rule)]
    default = actions.route(scope, listener.get("DefaultActions") or [], "default action")
    return {
        "name": listener["ListenerId"],
        "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [*routes, {"match": {"prefix": "/"}} | default]}],
        # A cluster may reach Envoy an instant after the routes that name it.
        "validate_clusters": False,
    } | headers.request_headers(scope)


def _refusals(scope: Scope) -> list[Json]:
    """Where a client is not refused in the handshake: HTTP 400 for one without a certificate, or with one that is not trusted."""
    if not scope.mutual_authentication or scope.inventory.behaviours.is_(CLIENT_REFUSAL, "alert"):
        return []
    answer = actions.answer(400, "No required SSL certificate was sent, or it is not trusted.\n")
    return [{"match": {"prefix": "/", "tls_context": {fact: False}}} | answer for fact in ("presented", "validated")]


def _request_rules(scope: Scope) -> list[Json]:
    rules = scope.inventory.rules.get(scope.listener["ListenerId"], ())
    ignored = [rule["RuleId"] for rule in rules if rule.get("Direction") == "Response"]
    for identifier in ignored:
        scope.limitation(f"rule {identifier} treats responses; it is not served")
    return [rule for rule in rules if rule["RuleId"] not in ignored]


def _rule(scope: Scope, rule: Json) -> list[Json]:
    match, expression = conditions.route_match(scope, rule), conditions.path_expression(rule)
    declared = rule.get("RuleActions") or []
    rendered = actions.route(scope, declared, f"rule {rule['RuleId']}", expression)
    return [] if match is None else stickiness.with_session({"match": match} | rendered, actions.session(declared))
