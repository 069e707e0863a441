"""The routes of a listener: its rules by priority, then its default action."""

from local.behaviours import CLIENT_REFUSAL
from local.proxy import actions, answers, conditions, headers, stickiness
from local.proxy.protobuf import Json
from local.proxy.scope import Scope


def route_configuration(scope: Scope) -> Json:
    """Envoy's RouteConfiguration. Hosts are matched by the rules, so there is one virtual host."""
    listener = scope.listener
    rules = scope.inventory.rules.get(listener["ListenerId"], ())
    about_answers = [rule for rule in rules if rule.get("Direction") == "Response"]
    about_requests = [rule for rule in rules if rule.get("Direction") != "Response"]
    routes = _refusals(scope) + [rendered for rule in about_requests for rendered in _rule(scope, rule)]
    default = actions.route(scope, listener.get("DefaultActions") or [], "default action")
    configuration = {
        "name": listener["ListenerId"],
        "virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [*routes, {"match": {"prefix": "/"}} | default]}],
        # A cluster may reach Envoy an instant after the routes that name it.
        "validate_clusters": False,
    } | headers.request_headers(scope)
    return answers.obeyed(scope, configuration, about_answers)


def _refusals(scope: Scope) -> list[Json]:
    """Where a client is not refused in the handshake: HTTP 400 for one without a certificate, or with one that is not trusted."""
    if not scope.mutual_authentication or scope.inventory.behaviours.is_(CLIENT_REFUSAL, "alert"):
        return []
    answer = actions.answer(400, "No required SSL certificate was sent, or it is not trusted.\n")
    return [{"match": {"prefix": "/", "tls_context": {fact: False}}} | answer for fact in ("presented", "validated")]


def _rule(scope: Scope, rule: Json) -> list[Json]:
    match, expression = conditions.route_match(scope, rule), conditions.path_expression(rule)
    declared = rule.get("RuleActions") or []
    rendered = actions.route(scope, declared, f"rule {rule['RuleId']}", expression)
    return [] if match is None else stickiness.with_session({"match": match} | rendered, actions.session(declared))
